// Reads the statistics of both transports once a second and keeps the last two readings for rates.

import {rates, since, summarize} from './stats_summary.js';

const interval_ms = 1000;

export class StatsPoller {
  #session;
  #readings = {publish: {}, receive: {}}; // {now, before}
  #baselines = new Map(); // "participant/source" -> {mid, numbers}
  #timer = 0;

  constructor(session) {
    this.#session = session;
  }

  start() {
    this.#timer = setInterval(() => this.poll(), interval_ms);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async poll() {
    for (const name of ['publish', 'receive']) {
      const peer = this.#session[name]?.peer;
      if (!peer || peer.connectionState === 'closed') continue;
      const report = await peer.getStats();
      this.#readings[name] = {
        now: summarize([...report.values()]),
        before: this.#readings[name].now,
      };
    }
  }

  // Numbers with kbit_s, or null when nothing is known of this source.
  of_source(participant_id, source) {
    const own = participant_id === this.#session.roster.self_id;
    const {now, before} = this.#readings[own ? 'publish' : 'receive'];
    const mid = own
      ? this.#session.publish?.mid_of(source)
      : this.#session.roster.mid_of(participant_id, source);
    const numbers = mid ? now?.by_mid.get(mid) : undefined;
    if (!numbers) return null;
    const key = `${participant_id}/${source}`;
    if (this.#baselines.get(key)?.mid !== mid) this.#baselines.set(key, {mid, numbers});
    return {...since(numbers, this.#baselines.get(key).numbers), ...rates(now, before, mid)};
  }
}
