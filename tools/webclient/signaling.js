// The WebSocket of common/schema/signaling.md, version 1: it comes back by itself until told
// otherwise.
//
// Events: `message` (one parsed object), `connection` ('connecting' | 'open' | 'waiting'),
// `rejected` (the server is there and refuses the token), `ended` ({code}: 4002 replaced or 4004
// removed; it stays closed).

import {backoff_ms} from './backoff.js';
import {Emitter} from './emitter.js';

const subprotocol = 'sluice.v1';
const connect_timeout_ms = 5000;
const refusals_max = 3; // upgrades that fail while the server answers HTTP: the token is void
const close_token_void = 4001;
const close_replaced = 4002;
const close_removed = 4004;

export class Signaling extends Emitter {
  #url;
  #token;
  #hello;
  #socket = null;
  #retry_timer = 0;
  #connect_timer = 0;
  #attempt = 0;
  #refusals = 0;
  #welcomed = false;
  #closed = false;

  // `hello`: () => the members of the first message on each new socket.
  constructor({url, token, hello}) {
    super();
    this.#url = url;
    this.#token = token;
    this.#hello = hello;
  }

  get is_ready() {
    return this.#welcomed;
  }

  set_token(token) {
    this.#token = token;
  }

  connect() {
    this.#drop_socket();
    if (this.#closed) return;
    this.emit('connection', 'connecting');
    const socket = new WebSocket(this.#url, [subprotocol, `token.${this.#token}`]);
    this.#socket = socket;
    this.#connect_timer = setTimeout(() => this.#on_close(socket, 1006), connect_timeout_ms);
    socket.addEventListener('open', () => this.#on_open(socket));
    socket.addEventListener('message', (event) => this.#on_message(socket, event.data));
    socket.addEventListener('close', (event) => this.#on_close(socket, event.code));
  }

  // After a network change the old socket may hang for minutes: leave it and open another.
  reconnect_now() {
    this.#attempt = 0;
    this.connect();
  }

  // Returns false when nothing was sent: the caller says what is true again after the next
  // `welcome`.
  send(message) {
    if (!this.#welcomed || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  close() {
    this.#closed = true;
    this.#drop_socket();
  }

  #on_open(socket) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#connect_timer);
    socket.send(JSON.stringify({type: 'hello', version: 1, ...this.#hello()}));
  }

  #on_message(socket, text) {
    if (socket !== this.#socket) return;
    const message = JSON.parse(text);
    if (message.type === 'welcome') {
      this.#welcomed = true;
      this.#attempt = 0;
      this.#refusals = 0;
      this.emit('connection', 'open');
    }
    this.emit('message', message);
  }

  #on_close(socket, code) {
    if (socket !== this.#socket) return;
    const was_welcomed = this.#welcomed;
    this.#drop_socket();
    if (code === close_replaced || code === close_removed) {
      this.#closed = true;
      this.emit('ended', {code});
      return;
    }
    this.emit('connection', 'waiting');
    if (code === close_token_void) {
      this.emit('rejected');
      return;
    }
    const wait_ms = backoff_ms(this.#attempt++, Math.random());
    this.#retry_timer = setTimeout(() => this.connect(), wait_ms);
    if (!was_welcomed) this.#count_refusal();
  }

  // A browser does not tell a page why an upgrade failed (RFC 6455 s7.1.7), so ask the server
  // something else.
  async #count_refusal() {
    const answers = await fetch('/healthz', {cache: 'no-store'}).then(
      () => true,
      () => false,
    );
    if (!answers) return;
    if (++this.#refusals >= refusals_max && !this.#closed) {
      this.#drop_socket();
      this.emit('rejected');
    }
  }

  #drop_socket() {
    clearTimeout(this.#retry_timer);
    clearTimeout(this.#connect_timer);
    this.#welcomed = false;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
