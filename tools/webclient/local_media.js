// This person's own camera, microphone and screen: on, off, and which device.
//
// Events: `changed` ({source}: its track or its on/off state), `failed` ({source, message}).

import {describe_device_error, open_device, open_screen} from './devices.js';
import {Emitter} from './emitter.js';
import {load_preference, save_preference} from './preferences.js';
import {extra_cameras, is_camera} from './sources.js';

export class LocalMedia extends Emitter {
  #tracks = new Map(); // source -> MediaStreamTrack
  #on = new Set();
  #opening = new Map(); // source -> the wish whose device is asked for; one taken back is gone

  track(source) {
    return this.#tracks.get(source) ?? null;
  }

  is_on(source) {
    return this.#on.has(source);
  }

  // Turns a camera or the microphone on or off. A camera that is off is closed, so that its light
  // goes out; a microphone stays open and silent, so that the first word after unmuting is not cut.
  async set_on(source, on) {
    if (!on) this.#opening.delete(source);
    if (on === this.is_on(source)) return;
    if (!on) {
      this.#on.delete(source);
      if (is_camera(source)) {
        this.#close(source);
      } else if (this.track(source)) {
        this.track(source).enabled = false;
      }
      this.emit('changed', {source});
      return;
    }
    if (!this.track(source) && !(await this.#open(source))) return;
    this.track(source).enabled = true;
    this.#on.add(source);
    this.emit('changed', {source});
  }

  // Another device for the same source, also in the middle of a call.
  async use_device(source, device_id) {
    save_preference(source, device_id);
    if (!this.track(source)) return;
    const was_on = this.is_on(source);
    this.#close(source);
    if (await this.#open(source)) {
      this.track(source).enabled = was_on;
    } else {
      this.#on.delete(source);
    }
    this.emit('changed', {source});
  }

  chosen_device(source) {
    return this.track(source)?.getSettings?.().deviceId ?? load_preference(source);
  }

  async start_screen() {
    const [video, audio] = await this.#ask('screen', open_screen);
    if (!video) return;
    this.#keep('screen', video);
    if (audio) this.#keep('screen_audio', audio);
    video.addEventListener('ended', () => this.stop_screen());
  }

  stop_screen() {
    this.#opening.delete('screen');
    for (const source of ['screen', 'screen_audio']) {
      if (!this.track(source)) continue;
      this.#close(source);
      this.#on.delete(source);
      this.emit('changed', {source});
    }
  }

  // Another camera beside the first, with this device; '' = none.
  async use_extra_camera(source, device_id) {
    await this.set_on(source, false);
    if (device_id === '') return;
    save_preference(source, device_id);
    await this.set_on(source, true);
  }

  stop_extra_cameras() {
    for (const source of extra_cameras) this.set_on(source, false);
  }

  close() {
    this.#opening.clear();
    for (const source of [...this.#tracks.keys()]) this.#close(source);
    this.#on.clear();
  }

  #keep(source, track) {
    this.#tracks.set(source, track);
    this.#on.add(source);
    this.emit('changed', {source});
  }

  async #open(source) {
    const [track] = await this.#ask(source, () => open_device(source));
    if (!track) return false;
    this.#tracks.set(source, track);
    track.addEventListener('ended', () => this.#on_ended(source, track));
    return true;
  }

  // The tracks that the browser gives, once the person has allowed it; none when not, while an
  // earlier click still waits, and when the wish was taken back meanwhile.
  async #ask(source, open) {
    if (this.#opening.has(source)) return [];
    const wish = Symbol(source);
    this.#opening.set(source, wish);
    const is_wanted = () => this.#opening.get(source) === wish;
    try {
      const tracks = await open();
      if (is_wanted()) return tracks;
      for (const track of tracks) track.stop();
    } catch (error) {
      // Closing the picker of screens is an answer, not a failure.
      const refused = source === 'screen' && error.name === 'NotAllowedError';
      if (is_wanted() && !refused) this.#report(source, error);
    } finally {
      if (is_wanted()) this.#opening.delete(source);
    }
    return [];
  }

  // Unplugged, or taken away by the operating system.
  #on_ended(source, track) {
    if (this.track(source) !== track) return;
    this.#close(source);
    this.#on.delete(source);
    this.emit('changed', {source});
  }

  #close(source) {
    this.#tracks.get(source)?.stop();
    this.#tracks.delete(source);
  }

  #report(source, error) {
    this.emit('failed', {source, message: describe_device_error(source, error)});
  }
}
