// The transport this client offers: what it sends. One offer is outstanding at a time; changes
// meanwhile are merged.
//
// Events: `changed` (connection state), `negotiated` (an answer was taken), `refused` ({reason}).

import {choose_codecs} from './codec.js';
import {Emitter} from './emitter.js';
import {extra_cameras, video_sources} from './sources.js';

export class PublishTransport extends Emitter {
  peer;
  #send;
  #codec;
  #room_codecs;
  #stream = new MediaStream(); // camera and microphone: lips and voice stay together
  #screen_stream = new MediaStream(); // screen and its sound
  #transceivers = new Map(); // source -> RTCRtpTransceiver
  #negotiation;
  #outstanding = false;
  #wanted = false;
  #wants_ice_restart = false;
  #timer = 0;
  #running = Promise.resolve();

  // `first_negotiation`: numbers go on across the transports of one participant.
  constructor({ice_servers, codec, room_codecs, send, first_negotiation}) {
    super();
    this.#send = send;
    this.#codec = codec;
    this.#room_codecs = room_codecs;
    this.#negotiation = first_negotiation;
    this.peer = new RTCPeerConnection({
      iceServers: ice_servers,
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
    });
    this.peer.addEventListener('connectionstatechange', () => this.emit('changed'));
  }

  get next_negotiation() {
    return this.#negotiation;
  }

  get sources() {
    return [...this.#transceivers.keys()].filter((source) => this.#is_sending(source));
  }

  sender(source) {
    return this.#transceivers.get(source)?.sender;
  }

  mid_of(source) {
    return this.#is_sending(source) ? (this.#transceivers.get(source).mid ?? '') : '';
  }

  // A null track keeps the m-line and sends nothing (camera off); only a new source needs an offer.
  async set_track(source, track) {
    const transceiver = this.#transceivers.get(source);
    if (!transceiver) {
      if (track) this.#add(source, track);
      return;
    }
    await transceiver.sender.replaceTrack(track);
    if (track && !this.#is_sending(source)) {
      transceiver.direction = 'sendonly';
      this.negotiate();
    }
  }

  // Ends the source; its m-line is kept for the next time.
  async end_source(source) {
    const transceiver = this.#transceivers.get(source);
    if (!transceiver || !this.#is_sending(source)) return;
    transceiver.direction = 'inactive';
    this.negotiate();
    await transceiver.sender.replaceTrack(null);
  }

  negotiate({ice_restart = false} = {}) {
    if (this.#transceivers.size === 0) return;
    this.#wanted = true;
    this.#wants_ice_restart ||= ice_restart;
    // When this turn is over, so that a camera and a microphone share one offer.
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.#queue(() => this.#offer());
    });
  }

  on_answer(negotiation, sdp) {
    this.#queue(async () => {
      if (!this.#outstanding || negotiation !== this.#negotiation - 1) return;
      this.#outstanding = false;
      await this.peer.setRemoteDescription({type: 'answer', sdp});
      await this.#tune_senders();
      this.emit('negotiated');
      if (this.#wanted) await this.#offer();
    });
  }

  on_refused(negotiation, reason) {
    this.#queue(async () => {
      if (!this.#outstanding || negotiation !== this.#negotiation - 1) return;
      this.#outstanding = false;
      await this.peer.setLocalDescription({type: 'rollback'});
      this.emit('refused', {reason});
    });
  }

  // Somebody came who decodes less, or went: what is sent may have to change.
  on_room_codecs(codecs) {
    if (codecs.join() === this.#room_codecs.join()) return;
    this.#room_codecs = codecs;
    for (const source of video_sources) {
      if (this.#transceivers.has(source)) this.#prefer_codecs(this.#transceivers.get(source));
    }
    this.negotiate();
  }

  // A new WebSocket: an answer that was on its way is lost, so the offer is made again.
  on_resumed({ice_restart}) {
    this.#queue(async () => {
      const lost = this.#outstanding;
      if (lost) {
        this.#outstanding = false;
        await this.peer.setLocalDescription({type: 'rollback'});
      }
      if (lost || ice_restart || this.#wanted) this.negotiate({ice_restart});
    });
  }

  close() {
    clearTimeout(this.#timer);
    this.peer.close();
  }

  #stream_of(source) {
    if (extra_cameras.includes(source)) return new MediaStream(); // in time with nothing
    return source.startsWith('screen') ? this.#screen_stream : this.#stream;
  }

  #add(source, track) {
    const stream = this.#stream_of(source);
    const transceiver = this.peer.addTransceiver(track, {direction: 'sendonly', streams: [stream]});
    if (track.kind === 'video') this.#prefer_codecs(transceiver);
    this.#transceivers.set(source, transceiver);
    this.negotiate();
  }

  #prefer_codecs(transceiver) {
    const {codecs} = RTCRtpSender.getCapabilities('video');
    transceiver.setCodecPreferences(choose_codecs(codecs, this.#codec, this.#room_codecs));
  }

  #is_sending(source) {
    return this.#transceivers.get(source)?.direction === 'sendonly';
  }

  #queue(step) {
    this.#running = this.#running.then(step).catch((error) => {
      if (this.peer.signalingState !== 'closed') this.emit('refused', {reason: error.message});
    });
  }

  async #offer() {
    if (!this.#wanted || this.#outstanding) return;
    this.#wanted = false;
    const offer = await this.peer.createOffer({iceRestart: this.#wants_ice_restart});
    await this.peer.setLocalDescription(offer);
    const message = {
      type: 'publish_offer',
      negotiation: this.#negotiation,
      sdp: this.peer.localDescription.sdp,
      sources: this.#sources_by_mid(),
    };
    if (this.#send(message)) {
      this.#negotiation += 1;
      this.#outstanding = true;
      this.#wants_ice_restart = false;
    } else {
      await this.peer.setLocalDescription({type: 'rollback'});
      this.#wanted = true; // on_resumed offers again
    }
  }

  // mids change between offers: they are read from the description that was just set.
  #sources_by_mid() {
    const sources = {};
    for (const [source, transceiver] of this.#transceivers) {
      // Without a mid it was added while the description was made: the next offer has it.
      if (transceiver.mid && this.#is_sending(source)) sources[transceiver.mid] = source;
    }
    return sources;
  }

  // A single encoding would otherwise stay at a reduced size for long after a slow start.
  async #tune_senders() {
    for (const source of video_sources) {
      const sender = this.sender(source);
      if (!sender) continue;
      const parameters = sender.getParameters();
      if (parameters.degradationPreference === 'maintain-resolution') continue;
      parameters.degradationPreference = 'maintain-resolution';
      await sender.setParameters(parameters).catch(() => {});
    }
  }
}
