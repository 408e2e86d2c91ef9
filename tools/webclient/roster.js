// Who is in the meeting, what they send and which stream shows it: the client's copy of the
// server's truth.
//
// A subscription's `mid` says which stream carries a source; the CSRC in the stream's packets is
// the last word, since the packets of one source may end after the event that announced the next.

import {sources} from './sources.js';

function subscription_key(participant_id, source) {
  return `${participant_id}/${source}`;
}

export class Roster {
  // id -> {id, name, role, state, tracks: Map(source -> Track), speaking, level, spoke_at_ms}
  participants = new Map();
  self_id = '';
  // "participant/source" -> {phase, mid, codec, reason}; without the ended
  #subscriptions = new Map();
  #csrc_by_mid = new Map(); // what the packets of a stream said last

  // `keep_subscriptions`: the transports live on, so streams still show what they showed.
  reset(self_id, participants, keep_subscriptions) {
    this.self_id = self_id;
    const earlier = this.participants;
    this.participants = new Map();
    for (const description of participants) {
      this.#add(description);
      this.participants.get(description.id).spoke_at_ms =
        earlier.get(description.id)?.spoke_at_ms ?? 0;
    }
    if (!keep_subscriptions) {
      this.forget_streams();
      return;
    }
    for (const key of [...this.#subscriptions.keys()]) {
      if (!this.participants.has(key.slice(0, key.lastIndexOf('/'))))
        this.#subscriptions.delete(key);
    }
  }

  // The receive transport is another one: its streams say anew what they carry.
  forget_streams() {
    this.#subscriptions.clear();
    this.#csrc_by_mid.clear();
  }

  get self() {
    return this.participants.get(this.self_id);
  }

  get others() {
    return [...this.participants.values()].filter((participant) => participant.id !== this.self_id);
  }

  // Takes one `event` message. `now_ms` only orders speakers.
  on_event(event, now_ms) {
    const participant = this.participants.get(event.participant_id);
    switch (event.event) {
      case 'USER_JOINED':
        this.#add(event.participant);
        break;
      case 'USER_LEFT':
        this.#drop_subscriptions(event.participant_id);
        this.participants.delete(event.participant_id);
        break;
      case 'MUTE_CHANGED': {
        const track = participant?.tracks.get(event.source);
        if (track) track.muted = event.muted;
        break;
      }
      case 'SCREENSHARE_STOPPED':
        participant?.tracks.delete('screen');
        participant?.tracks.delete('screen_audio');
        break;
      case 'TRACK_CHANGED':
        if (event.ended) {
          participant?.tracks.delete(event.track.source);
        } else {
          participant?.tracks.set(event.track.source, {...event.track});
        }
        break;
      case 'SUBSCRIPTION_CHANGED':
        this.#on_subscription(event);
        break;
      case 'SPEAKING':
        if (participant) {
          participant.speaking = event.speaking;
          participant.level = event.level;
          if (event.speaking) participant.spoke_at_ms = now_ms;
        }
        break;
      case 'ROLE_CHANGED':
        if (participant) participant.role = event.role;
        break;
      case 'STATE_CHANGED':
        if (participant) participant.state = event.state;
        break;
    }
  }

  // {phase, mid, codec, reason} or undefined.
  subscription(participant_id, source) {
    return this.#subscriptions.get(subscription_key(participant_id, source));
  }

  // What the newest packet of a stream said; 0 = nothing yet. Returns true when that changed.
  on_csrc(mid, csrc) {
    if (csrc === 0 || this.#csrc_by_mid.get(mid) === csrc) return false;
    this.#csrc_by_mid.set(mid, csrc);
    return true;
  }

  // {participant, source} whose packets carry this CSRC.
  source_of_csrc(csrc) {
    for (const participant of this.participants.values()) {
      for (const track of participant.tracks.values()) {
        if (csrc !== 0 && track.csrc === csrc) return {participant, source: track.source};
      }
    }
    return null;
  }

  // The mid of the stream that shows a source: by its packets when they name a source, else by the
  // subscription.
  mid_of(participant_id, source) {
    const track = this.participants.get(participant_id)?.tracks.get(source);
    if (!track) return '';
    for (const [mid, csrc] of this.#csrc_by_mid) {
      if (track.csrc !== 0 && csrc === track.csrc && this.#may_carry(mid, participant_id, source))
        return mid;
    }
    const subscription = this.subscription(participant_id, source);
    return subscription?.mid ?? '';
  }

  // False while the stream's last packets belong to somebody else: its picture must not stand under
  // this name.
  stream_shows(mid, participant_id, source) {
    const csrc = this.#csrc_by_mid.get(mid);
    if (csrc === undefined) return true;
    const owner = this.source_of_csrc(csrc);
    if (owner) return owner.participant.id === participant_id && owner.source === source;
    // Nobody's: the last packets of a source that has left, or of one that is announced a moment
    // later.
    return this.participants.get(participant_id)?.tracks.get(source)?.csrc === 0;
  }

  // A stream that was handed to another source no longer carries this one, whatever its last packet
  // said.
  #may_carry(mid, participant_id, source) {
    const own = this.subscription(participant_id, source);
    if (own?.mid === mid) return true;
    return ![...this.#subscriptions.values()].some((subscription) => subscription.mid === mid);
  }

  #add(description) {
    const tracks = new Map();
    for (const track of description.tracks ?? []) tracks.set(track.source, {...track});
    this.participants.set(description.id, {
      ...description,
      tracks,
      speaking: false,
      level: 127,
      spoke_at_ms: 0,
    });
  }

  #on_subscription({participant_id, source, phase, mid = '', codec = '', reason = ''}) {
    const key = subscription_key(participant_id, source);
    if (phase === 'ended') {
      this.#subscriptions.delete(key);
    } else {
      this.#subscriptions.set(key, {phase, mid, codec, reason});
    }
  }

  #drop_subscriptions(participant_id) {
    for (const source of sources) {
      this.#subscriptions.delete(subscription_key(participant_id, source));
    }
  }
}
