// The transport Sluice offers: a pool of streams that are fed by different sources over time.
//
// Events: `changed` (connection state), `streams` (the pool has grown), `failed` ({reason}).

import {Emitter} from './emitter.js';

export class ReceiveTransport extends Emitter {
  peer;
  transport_id = ''; // as the server calls it; another one means another transport
  streams = new Map(); // mid -> {mid, kind, track, receiver}
  #send;
  #running = Promise.resolve();

  constructor({ice_servers, send}) {
    super();
    this.#send = send;
    this.peer = new RTCPeerConnection({
      iceServers: ice_servers,
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
    });
    this.peer.addEventListener('connectionstatechange', () => this.emit('changed'));
  }

  on_offer({negotiation, sdp, transport_id = ''}) {
    this.transport_id = transport_id;
    this.#running = this.#running
      .then(() => this.#answer(negotiation, sdp))
      .catch((error) => {
        if (this.peer.signalingState !== 'closed') this.emit('failed', {reason: error.message});
      });
  }

  // The CSRC of the newest packet that was played, 0 when none names one (RFC 3550 s5.1).
  csrc_of(mid) {
    let newest = {timestamp: 0, source: 0};
    for (const entry of this.streams.get(mid)?.receiver.getContributingSources() ?? []) {
      if (entry.timestamp > newest.timestamp) newest = entry;
    }
    return newest.source;
  }

  close() {
    this.peer.close();
  }

  async #answer(negotiation, sdp) {
    await this.peer.setRemoteDescription({type: 'offer', sdp});
    await this.peer.setLocalDescription(await this.peer.createAnswer());
    this.#send({
      type: 'receive_answer',
      negotiation,
      sdp: this.peer.localDescription.sdp,
      ...(this.transport_id ? {transport_id: this.transport_id} : {}),
    });
    let grown = false;
    for (const {mid, receiver} of this.peer.getTransceivers()) {
      if (mid === null || this.streams.has(mid)) continue;
      this.streams.set(mid, {mid, kind: receiver.track.kind, track: receiver.track, receiver});
      grown = true;
    }
    if (grown) this.emit('streams');
  }
}
