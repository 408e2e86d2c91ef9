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
const answer_timeout_ms = 3000;
const refusals_max = 3; // upgrades that fail though the server answers HTTP: the token is void
const close_token_void = 4001;
const close_replaced = 4002;
const close_removed = 4004;

// A proxy that answers in its place does not count.
async function control_plane_answers() {
  try {
    const signal = AbortSignal.timeout(answer_timeout_ms);
    const response = await fetch('/healthz', {cache: 'no-store', signal});
    return (await response.json()).control?.ready === true;
  } catch {
    return false;
  }
}

export class Signaling extends Emitter {
  #url;
  #token;
  #hello;
  #socket = null;
  #retry_timer = 0;
  #connect_timer = 0;
  #attempt = 0;
  #refusals = 0;
  #answered = false; // the server was there just before this attempt
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
    this.#wait(was_welcomed ? 0 : this.#refusals + (this.#answered ? 1 : 0));
  }

  // `refusals`: how many upgrades in a row failed though the server was there.
  #wait(refusals) {
    this.#refusals = refusals;
    this.#answered = false;
    if (refusals >= refusals_max) {
      this.emit('rejected');
      return;
    }
    const wait_ms = backoff_ms(this.#attempt++, Math.random());
    this.#retry_timer = setTimeout(() => this.#try_again(), wait_ms);
  }

  // Asks over HTTP whether the server is back: browsers hold back the WebSockets of a page whose
  // last ones failed, by seconds, and do not tell it why one failed (RFC 6455 s7.1.7).
  async #try_again() {
    const turn = this.#retry_timer;
    const answered = await control_plane_answers();
    if (turn !== this.#retry_timer || this.#closed) return; // another attempt was begun meanwhile
    this.#answered = answered;
    if (answered) {
      this.connect();
    } else {
      this.#wait(this.#refusals);
    }
  }

  #drop_socket() {
    clearTimeout(this.#retry_timer);
    this.#retry_timer = 0;
    clearTimeout(this.#connect_timer);
    this.#welcomed = false;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
