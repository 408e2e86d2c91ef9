// Decides when the connection must be made again: after a change of the network, when a transport
// breaks, and when media that should arrive has stopped. It only decides; the session acts.
//
// Events: `recover` (a new WebSocket, then an ICE restart of both transports over it), `give_up` (a
// transport stayed down: only a new participant helps), `changed` (online or offline).

import {Emitter} from './emitter.js';
import {Liveness} from './liveness.js';

const interval_ms = 250;
const alert_interval_ms = 100; // nothing came since the last look, or the network may have changed
const give_up_after_ms = 12000;

// All media bytes received, and when the last packet came (0 where the browser does not say).
async function media_received(peer) {
  let bytes = 0;
  let last_ms = 0;
  for (const stat of (await peer.getStats()).values()) {
    if (stat.type !== 'inbound-rtp') continue;
    bytes += stat.bytesReceived ?? 0;
    last_ms = Math.max(last_ms, stat.lastPacketReceivedTimestamp ?? 0);
  }
  return {bytes, last_ms};
}

export class Recovery extends Emitter {
  #liveness = new Liveness();
  #receive_peer;
  #expects_media;
  #down_since_ms = 0;
  #timer = 0;
  #stopped = false;
  #stop_listening = [];

  // `receive_peer`: () => RTCPeerConnection or undefined; `expects_media`: () => whether somebody
  // sends.
  constructor({receive_peer, expects_media}) {
    super();
    this.#receive_peer = receive_peer;
    this.#expects_media = expects_media;
  }

  start() {
    this.#watch_in(interval_ms);
    this.#listen(globalThis, 'online', () => this.#act());
    this.#listen(globalThis, 'offline', () => this.emit('changed'));
    this.#listen(navigator.connection, 'change', () => this.#on_connection_change());
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const stop of this.#stop_listening) stop();
  }

  on_transport_state(state) {
    if (state === 'failed' || state === 'disconnected') {
      this.#down_since_ms ||= Date.now();
      this.#act();
    } else if (state === 'connected') {
      this.#down_since_ms = 0;
    }
  }

  // A new participant begins: what was down is gone.
  reset() {
    this.#down_since_ms = 0;
  }

  #listen(target, event, listener) {
    target?.addEventListener(event, listener);
    this.#stop_listening.push(() => target?.removeEventListener(event, listener));
  }

  // This event also reports mere estimates of the speed, and names one kind of network for another
  // one of that kind: whether it means anything, the media says.
  #on_connection_change() {
    this.#liveness.on_hint(Date.now());
    this.#watch_in(alert_interval_ms);
  }

  #watch_in(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      await this.#watch();
      if (this.#stopped) return;
      this.#watch_in(this.#liveness.is_alert(Date.now()) ? alert_interval_ms : interval_ms);
    }, ms);
  }

  async #watch() {
    if (this.#down_since_ms && Date.now() - this.#down_since_ms > give_up_after_ms) {
      this.emit('give_up');
      return;
    }
    const peer = this.#receive_peer();
    if (peer?.connectionState !== 'connected') return;
    const received = await media_received(peer);
    const sample = {...received, expected: this.#expects_media(), now_ms: Date.now()};
    if (this.#liveness.on_sample(sample)) this.emit('recover');
  }

  #act() {
    this.#liveness.on_acted(Date.now());
    this.emit('recover');
  }
}
