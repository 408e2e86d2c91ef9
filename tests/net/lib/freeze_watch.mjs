// Watches the pictures that people receive for interruptions, while other things go on.

import {sleep_ms} from './command.mjs';

const interval_ms = 1000;

// Of one received camera: when frames stood still, by the receiver's own account (a freeze counts
// when it ends) and by frames that do not come at all.
class Picture {
  longest_ms = 0;
  at_ms = 0; // when that was seen
  #frozen_ms = null;
  #frames = 0;
  #moved_at_ms = 0;

  read({freeze_s, frames}, now_ms) {
    const frozen_ms = freeze_s * 1000;
    if (this.#frozen_ms !== null) this.#note(frozen_ms - this.#frozen_ms, now_ms);
    this.#frozen_ms = frozen_ms;
    if (frames !== this.#frames || this.#moved_at_ms === 0) {
      this.#frames = frames;
      this.#moved_at_ms = now_ms;
    }
    // At least one interval of these may be the reading's own.
    this.#note(now_ms - this.#moved_at_ms - 2 * interval_ms, now_ms);
  }

  #note(ms, now_ms) {
    if (ms <= this.longest_ms) return;
    this.longest_ms = Math.round(ms);
    this.at_ms = now_ms;
  }
}

export class FreezeWatch {
  #people;
  #pictures = new Map(); // "receiver sees sender" -> Picture
  #running = false;
  #started_at_ms = 0;
  #done = null;

  constructor(people) {
    this.#people = people;
  }

  start() {
    this.#running = true;
    this.#started_at_ms = Date.now();
    this.#done = this.#watch();
    this.#done.catch(() => {}); // stop() throws it; a scenario that failed does not come to that
  }

  // [{receiver, sender, longest_ms, at_s}], `at_s` after start().
  async stop() {
    this.#running = false;
    await this.#done;
    return [...this.#pictures].map(([key, {longest_ms, at_ms}]) => {
      const [receiver, sender] = key.split(' sees ');
      const at_s = at_ms === 0 ? null : Math.round((at_ms - this.#started_at_ms) / 100) / 10;
      return {receiver, sender, longest_ms, at_s};
    });
  }

  async #watch() {
    while (this.#running) {
      await Promise.all(this.#people.map((person) => this.#read(person)));
      await sleep_ms(interval_ms);
    }
  }

  async #read(person) {
    const rows = await person.stats();
    const names = this.#people.map(({name}) => name);
    for (const row of rows) {
      if (row.own || row.source !== 'camera' || !names.includes(row.name)) continue;
      const key = `${person.name} sees ${row.name}`;
      if (!this.#pictures.has(key)) this.#pictures.set(key, new Picture());
      this.#pictures.get(key).read(row, Date.now());
    }
  }
}
