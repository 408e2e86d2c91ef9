// One participant's part in one meeting: signaling, the two transports, who is there. No DOM.
//
// Events: `changed` (anything a view shows), `chat` (one message), `notice` ({text, kind}), `ended`
// ({reason}).

import {decodable_codecs} from './codec.js';
import {Emitter} from './emitter.js';
import {Recovery} from './recovery.js';
import {Roster} from './roster.js';
import {Signaling} from './signaling.js';
import {name_of} from './sources.js';
import {Transports} from './transports.js';

const csrc_interval_ms = 300;
const renew_at_fraction = 0.7;
const verbs_of_departure = {
  left: 'left',
  removed: 'was removed',
  lost: 'lost the connection',
  moved: 'went to another meeting',
};

export class Session extends Emitter {
  roster = new Roster();
  local;
  meeting = {id: '', name: ''};
  role = 'presenter';
  #join;
  #transports;
  #joined = null; // the answer of the join call
  #signaling = null;
  #signaling_state = 'connecting';
  #first_welcome = true;
  #view = null;
  #said_muted = new Map(); // source -> what the server was told or told us
  #restart_on_welcome = false;
  #recovery;
  #csrc_timer = 0;
  #renew_timer = 0;
  #stop_listening = [];
  #ended = false;

  // `join`: async () => the answer of the join call; called again when this participant is given
  // up.
  constructor({join, local, codec}) {
    super();
    this.#join = join;
    this.local = local;
    this.#transports = new Transports({
      send: (message) => this.#send(message),
      local,
      codec,
    });
    this.#recovery = new Recovery({
      receive_peer: () => this.receive?.peer,
      expects_media: () => this.#expects_media(),
    });
  }

  async start() {
    await this.#connect();
    this.#stop_listening.push(
      this.local.on('changed', ({source}) => this.#on_local_changed(source)),
      this.local.on('failed', ({message}) => this.#warn(message)),
    );
    this.#transports.on('state', (state) => {
      this.#recovery.on_transport_state(state);
      this.emit('changed');
    });
    this.#transports.on('streams', () => this.emit('changed'));
    this.#transports.on('replaced', () => this.roster.forget_streams());
    this.#transports.on('negotiated', () => this.#say_muted());
    this.#transports.on('warning', (text) => this.#warn(text));
    this.#csrc_timer = setInterval(() => this.#read_csrcs(), csrc_interval_ms);
    this.#recovery.on('changed', () => this.emit('changed'));
    this.#recovery.on('recover', () => this.#recover());
    this.#recovery.on('give_up', () => {
      if (this.#signaling_state === 'open') this.#rejoin();
    });
    this.#recovery.start();
  }

  get may_publish() {
    return this.role !== 'attendee';
  }

  get publish() {
    return this.#transports.publish;
  }

  get receive() {
    return this.#transports.receive;
  }

  // 'joining' | 'connected' | 'reconnecting' | 'offline'
  get connection() {
    if (this.#first_welcome) return 'joining';
    if (navigator.onLine === false) return 'offline';
    if (this.#signaling_state !== 'open') return 'reconnecting';
    return this.#transports.is_broken() ? 'reconnecting' : 'connected';
  }

  // The video tiles on the screen: [{participant_id, source, encoding_cap}]; null = everybody's.
  set_view(tiles) {
    if (JSON.stringify(tiles) === JSON.stringify(this.#view)) return;
    this.#view = tiles;
    if (tiles !== null) this.#send({type: 'view', tiles});
  }

  send_chat(text) {
    return this.#send({type: 'chat', text});
  }

  host_mute(participant_id, source) {
    this.#send({type: 'host_mute', participant_id, source});
  }

  host_remove(participant_id) {
    this.#send({type: 'host_remove', participant_id});
  }

  leave() {
    this.#send({type: 'leave'});
    this.#end('left');
  }

  // The stream that shows a source, or null: {mid, kind, track, receiver}.
  stream_of(participant_id, source) {
    const mid = this.roster.mid_of(participant_id, source);
    return (mid && this.receive?.streams.get(mid)) || null;
  }

  async #connect() {
    this.#joined = await this.#join();
    const url = new URL(this.#joined.signaling_url, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    this.#signaling = new Signaling({
      url: url.href,
      token: this.#joined.participant_token,
      hello: () => ({decode: decodable_codecs(), resume: this.receive !== null}),
    });
    const signaling = this.#signaling;
    signaling.on('message', (message) => this.#on_message(message));
    signaling.on('connection', (state) => {
      this.#signaling_state = state;
      this.emit('changed');
    });
    signaling.on('rejected', () => this.#rejoin());
    signaling.on('ended', ({code}) => this.#end(code === 4002 ? 'replaced' : 'removed'));
    this.#schedule_renewal(this.#joined.expires_in_s);
    signaling.connect();
  }

  #send(message) {
    return this.#signaling?.send(message) ?? false;
  }

  #on_message(message) {
    switch (message.type) {
      case 'welcome':
        this.#on_welcome(message);
        break;
      case 'publish_answer':
        this.publish?.on_answer(message.negotiation, message.sdp);
        break;
      case 'receive_offer':
        this.#transports.on_receive_offer(message);
        break;
      case 'refused':
        if (message.transport === 'publish') {
          this.publish?.on_refused(message.negotiation, message.reason);
        } else {
          this.#warn(`Receiving is refused: ${message.reason}`);
        }
        break;
      case 'restart_ice':
        this.publish?.negotiate({ice_restart: true});
        break;
      case 'event':
        this.#on_event(message);
        break;
      case 'token':
        this.#signaling.set_token(message.participant_token);
        this.#transports.renew_ice_servers(message.ice_servers);
        this.#schedule_renewal(message.expires_in_s);
        break;
      case 'error':
        this.#warn(message.message);
        break;
    }
  }

  // Also in the middle of a meeting: this participant was moved to another one.
  #on_welcome(message) {
    const resumed = message.resumed && this.receive !== null;
    if (message.meeting.id !== this.meeting.id) this.#view = null; // of tiles that are elsewhere
    this.meeting = message.meeting;
    this.role = message.role;
    this.roster.reset(message.participant_id, message.participants, resumed);
    this.#first_welcome = false;
    this.#said_muted.clear();
    if (resumed) {
      this.#transports.on_room_codecs(message.codecs);
      this.publish?.on_resumed({ice_restart: this.#restart_on_welcome});
      if (this.#restart_on_welcome) this.#send({type: 'restart_ice', transport: 'receive'});
      this.#say_muted();
    } else {
      this.#transports.open({
        ice_servers: this.#joined.ice_servers,
        room_codecs: message.codecs,
        may_publish: this.may_publish,
      });
    }
    if (!this.may_publish) this.#turn_devices_off();
    this.#restart_on_welcome = false;
    if (this.#view !== null) this.#send({type: 'view', tiles: this.#view});
    this.emit('changed');
  }

  #on_transport_changed({transport, phase}) {
    if (phase === 'connected') return;
    if (phase === 'failed' && transport === 'publish') {
      if (this.may_publish) this.#transports.open_publish();
    } else if (phase === 'failed') {
      this.#send({type: 'restart_ice', transport: 'receive'});
    } else {
      this.#recover();
    }
  }

  #warn(text) {
    this.emit('notice', {text, kind: 'warning'});
  }

  #on_event(event) {
    switch (event.event) {
      case 'CHAT':
        this.emit('chat', event);
        return;
      case 'REMOVED':
        this.#end('removed');
        return;
      case 'TRANSPORT_CHANGED':
        this.#on_transport_changed(event);
        return;
      case 'CODECS_CHANGED':
        this.#transports.on_room_codecs(event.codecs);
        return;
      case 'MUTE_CHANGED':
        if (event.participant_id === this.roster.self_id) this.#on_own_mute(event);
        break;
      case 'ROLE_CHANGED':
        if (event.participant_id === this.roster.self_id) this.#on_own_role(event.role);
        break;
      case 'USER_JOINED':
        this.emit('notice', {text: `${event.participant.name} joined`, kind: 'quiet'});
        break;
      case 'USER_LEFT':
        this.#announce_leaving(event);
        break;
    }
    this.roster.on_event(event, Date.now());
    this.emit('changed');
  }

  #announce_leaving({participant_id, reason}) {
    const name = this.roster.participants.get(participant_id)?.name;
    const verb = verbs_of_departure[reason];
    if (name) this.emit('notice', {text: `${name} ${verb ?? 'left'}`, kind: 'quiet'});
  }

  // From listening to speaking or the other way round. Nobody's devices are turned on by others.
  #on_own_role(role) {
    const before = this.may_publish;
    this.role = role;
    if (before === this.may_publish) return;
    if (this.may_publish) {
      this.#transports.open_publish();
      this.emit('notice', {text: 'You can turn on your microphone and camera now', kind: 'info'});
    } else {
      this.#transports.close_publish();
      this.#turn_devices_off();
      this.emit('notice', {text: 'You are listening now', kind: 'info'});
    }
  }

  #turn_devices_off() {
    this.local.set_on('microphone', false);
    this.local.set_on('camera', false);
    this.local.stop_extra_cameras();
    this.local.stop_screen();
  }

  // The host muted this participant: the switch here must say so too.
  #on_own_mute({source, muted, by}) {
    this.#said_muted.set(source, muted);
    if (!muted || by === this.roster.self_id || !this.local.is_on(source)) return;
    const host = this.roster.participants.get(by)?.name ?? 'The host';
    this.emit('notice', {
      text: `${host} turned your ${name_of(source)} off`,
      kind: 'info',
    });
    if (source.startsWith('screen')) {
      this.local.stop_screen();
    } else {
      this.local.set_on(source, false);
    }
  }

  async #on_local_changed(source) {
    await this.#transports.on_local_change(source);
    this.#say_muted();
    this.emit('changed');
  }

  // Tells the server what is off, and only when that changed.
  #say_muted() {
    for (const source of this.publish?.sources ?? []) {
      const muted = !this.local.is_on(source);
      if ((this.#said_muted.get(source) ?? false) === muted) continue;
      if (this.#send({type: 'mute', source, muted})) this.#said_muted.set(source, muted);
    }
  }

  #read_csrcs() {
    if (!this.receive) return;
    let changed = false;
    for (const mid of this.receive.streams.keys()) {
      if (this.roster.on_csrc(mid, this.receive.csrc_of(mid))) changed = true;
    }
    if (changed) this.emit('changed');
  }

  // A new WebSocket from whatever address this machine has now, and an ICE restart of both
  // transports over it.
  #recover() {
    if (this.#ended || this.#first_welcome || this.#restart_on_welcome) return;
    this.#restart_on_welcome = true;
    this.#signaling.reconnect_now();
  }

  #expects_media() {
    return this.roster.others.some(
      (participant) =>
        participant.state === 'connected' &&
        ['microphone', 'camera'].some(
          (source) =>
            participant.tracks.get(source)?.muted === false &&
            this.roster.subscription(participant.id, source)?.phase === 'open',
        ),
    );
  }

  // This participant cannot come back (its token or its transports are gone): join as a new one.
  async #rejoin() {
    if (this.#ended) return;
    this.#signaling.close();
    this.#recovery.reset();
    this.#signaling_state = 'connecting';
    this.#transports.close();
    this.emit('changed');
    try {
      await this.#connect();
    } catch (error) {
      if (error.status === 401 || error.status === 403 || error.status === 404) {
        this.#end('gone');
      } else {
        setTimeout(() => this.#rejoin(), 3000);
      }
    }
  }

  #schedule_renewal(expires_in_s) {
    clearTimeout(this.#renew_timer);
    const wait_ms = Math.min(expires_in_s * renew_at_fraction * 1000, 2 ** 31 - 1);
    this.#renew_timer = setTimeout(() => this.#send({type: 'renew_token'}), wait_ms);
  }

  #end(reason) {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#csrc_timer);
    this.#recovery.stop();
    clearTimeout(this.#renew_timer);
    for (const stop of this.#stop_listening) stop();
    this.#signaling?.close();
    this.#transports.close();
    this.local.close();
    this.emit('ended', {reason});
  }
}
