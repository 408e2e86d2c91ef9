// The pair of transports of one participant: opened together, replaced one by one when one fails.
//
// Events: `state` (a connection state), `streams` (the pool has grown), `replaced` (the receive
// transport is another one), `negotiated` (what is sent was agreed on), `warning` (a line of text).

import {Emitter} from './emitter.js';
import {PublishTransport} from './publish_transport.js';
import {ReceiveTransport} from './receive_transport.js';
import {sources} from './sources.js';

export class Transports extends Emitter {
  publish = null;
  receive = null;
  #send;
  #local;
  #codec;
  #ice_servers = [];
  #room_codecs = [];
  #next_negotiation = 1;

  // `codec`: what to send instead of the room's first; '' = that.
  constructor({send, local, codec}) {
    super();
    this.#send = send;
    this.#local = local;
    this.#codec = codec;
  }

  open({ice_servers, room_codecs, may_publish}) {
    this.close();
    this.#ice_servers = ice_servers;
    this.#room_codecs = room_codecs;
    this.#open_receive();
    if (may_publish) this.open_publish();
  }

  // Used from the next ICE restart on.
  renew_ice_servers(ice_servers) {
    this.#ice_servers = ice_servers;
    for (const transport of [this.publish, this.receive]) {
      const peer = transport?.peer;
      peer?.setConfiguration({...peer.getConfiguration(), iceServers: ice_servers});
    }
  }

  // Also in place of one that failed: all that is on is offered anew.
  open_publish() {
    this.close_publish();
    this.publish = new PublishTransport({
      ice_servers: this.#ice_servers,
      codec: this.#codec,
      room_codecs: this.#room_codecs,
      send: this.#send,
      first_negotiation: this.#next_negotiation,
    });
    const transport = this.publish;
    transport.on('changed', () => this.emit('state', transport.peer.connectionState));
    transport.on('refused', ({reason}) => this.emit('warning', `Sending failed: ${reason}`));
    transport.on('negotiated', () => this.emit('negotiated'));
    for (const source of sources) {
      const track = this.#local.track(source);
      if (track) transport.set_track(source, track);
    }
  }

  // Numbers of negotiations go on across the transports of one participant.
  close_publish() {
    this.#next_negotiation = this.publish?.next_negotiation ?? this.#next_negotiation;
    this.publish?.close();
    this.publish = null;
  }

  close() {
    this.close_publish();
    this.receive?.close();
    this.receive = null;
  }

  // An offer of another transport than before means that the server gave the old one up.
  on_receive_offer(offer) {
    if (!this.receive) return;
    const {transport_id} = this.receive;
    if (transport_id && offer.transport_id && offer.transport_id !== transport_id) {
      this.receive.close();
      this.#open_receive();
      this.emit('replaced');
    }
    this.receive.on_offer(offer);
  }

  on_room_codecs(codecs) {
    this.#room_codecs = codecs;
    this.publish?.on_room_codecs(codecs);
  }

  // What this person turned on or off.
  async on_local_change(source) {
    const track = this.#local.track(source);
    const comes_back = source === 'microphone' || source === 'camera';
    if (!track && !comes_back) {
      await this.publish?.end_source(source);
    } else {
      await this.publish?.set_track(source, track);
    }
  }

  is_broken() {
    const states = [this.publish, this.receive].map((transport) => transport?.peer.connectionState);
    return states.includes('failed') || states.includes('disconnected');
  }

  #open_receive() {
    this.receive = new ReceiveTransport({ice_servers: this.#ice_servers, send: this.#send});
    const transport = this.receive;
    transport.on('changed', () => this.emit('state', transport.peer.connectionState));
    transport.on('streams', () => this.emit('streams'));
    transport.on('failed', ({reason}) => this.emit('warning', `Receiving failed: ${reason}`));
  }
}
