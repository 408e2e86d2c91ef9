// Plays every received audio stream. Browsers may refuse sound before the first click: then
// `blocked` is reported and unblock() tries again.

import {load_preference} from './preferences.js';
import {element} from './element.js';

export class AudioPlayers {
  root = element('div', {class: 'audio_players', hidden: true});
  #players = new Map(); // mid -> HTMLAudioElement
  #on_blocked;

  constructor({on_blocked}) {
    this.#on_blocked = on_blocked;
  }

  // `streams`: the receive transport's pool.
  render(streams) {
    for (const [mid, audio] of this.#players) {
      if (streams.get(mid)?.track === audio.srcObject.getTracks()[0]) continue;
      audio.srcObject = null;
      audio.remove();
      this.#players.delete(mid);
    }
    for (const {mid, kind, track} of streams.values()) {
      if (kind !== 'audio' || this.#players.has(mid)) continue;
      const audio = element('audio', {autoplay: true});
      audio.srcObject = new MediaStream([track]);
      this.root.append(audio);
      this.#players.set(mid, audio);
      this.#choose_speaker(audio);
      this.#play(audio);
    }
  }

  unblock() {
    for (const audio of this.#players.values()) this.#play(audio);
  }

  use_speaker() {
    for (const audio of this.#players.values()) this.#choose_speaker(audio);
  }

  close() {
    this.render(new Map());
  }

  #choose_speaker(audio) {
    audio.setSinkId?.(load_preference('speaker')).catch(() => {});
  }

  #play(audio) {
    audio.play().then(
      () => this.#on_blocked(false),
      (error) => {
        if (error.name === 'NotAllowedError') this.#on_blocked(true);
      },
    );
  }
}
