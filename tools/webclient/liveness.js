// Tells when media that should arrive has stopped. Pure: samples and the time in, a verdict out.
// Time in which the page itself stood still is no silence: nobody listened.

const silent_ms = 1000;
const silent_after_hint_ms = 300;
const hint_holds_ms = 2000;
const apart_ms_max = 500; // samples come that often, or the page stood still
const first_pause_ms = 2000;
const longest_pause_ms = 30000;

export class Liveness {
  #bytes = -1;
  #moved_at_ms = 0; // as if the page had never stood still since
  #sampled_at_ms = Infinity;
  #is_still = false; // nothing came between the last two samples
  #acted_at_ms = -Infinity;
  #hinted_until_ms = -Infinity;
  #pause_ms = first_pause_ms;

  // `bytes`: all media bytes received so far; `last_ms`: when the last of them came, if known;
  // `expected`: somebody's unmuted media should be arriving. Returns true when it is time to act;
  // after each act it waits twice as long, until media flows again.
  on_sample({bytes, last_ms = 0, expected, now_ms}) {
    const late_ms = this.#late_ms(now_ms);
    if (!expected || bytes !== this.#bytes) {
      if (expected && this.#bytes >= 0 && bytes > this.#bytes) this.#pause_ms = first_pause_ms;
      this.#bytes = bytes;
      // Clocks of statistics have been known to run apart from the page's.
      const is_plausible = expected && last_ms <= now_ms && now_ms - last_ms < silent_ms;
      this.#moved_at_ms = is_plausible ? Math.min(now_ms, last_ms + late_ms) : now_ms;
      this.#is_still = false;
      return false;
    }
    this.#is_still = true;
    this.#moved_at_ms += late_ms;
    const enough_ms = this.is_hinted(now_ms) ? silent_after_hint_ms : silent_ms;
    if (now_ms - this.#moved_at_ms < enough_ms) return false;
    if (now_ms - this.#acted_at_ms < this.#pause_ms) return false;
    if (this.#acted_at_ms > this.#moved_at_ms)
      this.#pause_ms = Math.min(longest_pause_ms, this.#pause_ms * 2);
    this.#acted_at_ms = now_ms;
    return true;
  }

  // How long the page certainly stood still before this sample.
  #late_ms(now_ms) {
    const passed_ms = now_ms - this.#sampled_at_ms;
    this.#sampled_at_ms = now_ms;
    return Math.max(0, passed_ms - apart_ms_max);
  }

  // The network may have changed: for a while a short silence is enough.
  on_hint(now_ms) {
    this.#hinted_until_ms = now_ms + hint_holds_ms;
  }

  is_hinted(now_ms) {
    return now_ms < this.#hinted_until_ms;
  }

  // The next sample is worth taking soon.
  is_alert(now_ms) {
    return this.#is_still || this.is_hinted(now_ms);
  }

  // Somebody else has just acted (a network event): give it time.
  on_acted(now_ms) {
    this.#acted_at_ms = now_ms;
  }
}
