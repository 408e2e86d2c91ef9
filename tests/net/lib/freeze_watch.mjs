// Watches the pictures that people receive for interruptions, while other things go on. What a
// person sees of their own camera passes no Sluice: where that stands still too, it is the machine.

import {sleep_ms} from './command.mjs';
import {PictureTimes} from './picture_times.mjs';

const interval_ms = 1000;
const own_view_moves_ms = 200; // a camera of 15 pictures a second may be late by two
const stall_ms_max = 1000; // more is no accident of the machine's

// Of one received camera: when frames stood still, by the receiver's own account (a freeze counts
// when it ends) and by frames that do not come at all.
class Picture {
  longest_ms = 0;
  at_ms = 0; // when that was seen
  unexplained_ms = 0; // the longest beyond what the machine stood still meanwhile
  #frozen_ms = null;
  #frames = 0;
  #moved_at_ms = 0;

  read({freeze_s, frames}, stall_ms, now_ms) {
    const frozen_ms = freeze_s * 1000;
    if (this.#frozen_ms !== null) this.#note(frozen_ms - this.#frozen_ms, stall_ms, now_ms);
    this.#frozen_ms = frozen_ms;
    if (frames !== this.#frames || this.#moved_at_ms === 0) {
      this.#frames = frames;
      this.#moved_at_ms = now_ms;
    }
    // At least one interval of these may be the reading's own.
    this.#note(now_ms - this.#moved_at_ms - 2 * interval_ms, stall_ms, now_ms);
  }

  #note(ms, stall_ms, now_ms) {
    this.unexplained_ms = Math.max(this.unexplained_ms, Math.round(ms - stall_ms));
    if (ms <= this.longest_ms) return;
    this.longest_ms = Math.round(ms);
    this.at_ms = now_ms;
  }
}

// What somebody sees of their own camera.
class OwnView {
  #times;
  #looked_at_ms = Date.now();

  constructor(person) {
    this.#times = new PictureTimes(person, {name: `${person.name} (you)`});
  }

  start() {
    return this.#times.start();
  }

  // The longest that it stood still since shortly before the last time this was asked, or 0.
  async stall_ms() {
    const since_ms = this.#looked_at_ms - interval_ms;
    this.#looked_at_ms = Date.now();
    const times = [...(await this.#times.read()), this.#looked_at_ms];
    const gaps_ms = times.slice(1).map((at_ms, i) => (at_ms < since_ms ? 0 : at_ms - times[i]));
    const longest_ms = Math.max(0, ...gaps_ms);
    return longest_ms > own_view_moves_ms ? Math.min(longest_ms, stall_ms_max) : 0;
  }
}

export class FreezeWatch {
  #people;
  #own_views;
  #pictures = new Map(); // "receiver sees sender" -> Picture
  #running = false;
  #started_at_ms = 0;
  #done = null;

  constructor(people) {
    this.#people = people;
    this.#own_views = people.map((person) => new OwnView(person));
  }

  start() {
    this.#running = true;
    this.#started_at_ms = Date.now();
    this.#done = this.#watch();
    this.#done.catch(() => {}); // stop() throws it; a scenario that failed does not come to that
  }

  // [{receiver, sender, longest_ms, at_s, unexplained_ms}]: the longest freeze of each pair, `at_s`
  // after start(), and the longest beyond what the own view of one of them stood still meanwhile.
  async stop() {
    this.#running = false;
    await this.#done;
    return [...this.#pictures].map(([key, {longest_ms, at_ms, unexplained_ms}]) => {
      const [receiver, sender] = key.split(' sees ');
      const at_s = at_ms === 0 ? null : Math.round((at_ms - this.#started_at_ms) / 100) / 10;
      return {receiver, sender, longest_ms, at_s, unexplained_ms};
    });
  }

  async #watch() {
    await Promise.all(this.#own_views.map((view) => view.start()));
    while (this.#running) {
      await this.#look();
      await sleep_ms(interval_ms);
    }
  }

  async #look() {
    const stats = await Promise.all(this.#people.map((person) => person.stats()));
    const stalls_ms = await Promise.all(this.#own_views.map((view) => view.stall_ms()));
    const names = this.#people.map(({name}) => name);
    stats.forEach((rows, receiver) => {
      for (const row of rows) {
        const sender = names.indexOf(row.name);
        if (row.own || row.source !== 'camera' || sender === -1) continue;
        const key = `${names[receiver]} sees ${row.name}`;
        if (!this.#pictures.has(key)) this.#pictures.set(key, new Picture());
        const stall_ms = Math.max(stalls_ms[receiver], stalls_ms[sender]);
        this.#pictures.get(key).read(row, stall_ms, Date.now());
      }
    });
  }
}
