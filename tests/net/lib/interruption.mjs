// How long pictures stand still when something happens to a call, and for whom.

import assert from 'node:assert/strict';

import {sleep_ms, until} from './command.mjs';
import {PictureTimes} from './picture_times.mjs';

const quiet_ms = 2000;
const under_way_ms = 300; // what was sent before is presented until then
const pictures_after = 3;

// The longest time that one of these viewers looks at one picture of the other, milliseconds:
// `usual_ms` in some quiet seconds, when it is the machine's doing, and `took_ms` from `change`
// until media flows again.
export async function interruption(pairs, change, timeout_ms) {
  const times = pairs.map(([viewer, sender]) => new PictureTimes(viewer, sender));
  await Promise.all(times.map((pair) => pair.start()));
  const longest_ms = async (since_ms, until_ms) => {
    const all = times.map((pair) => longest_gap_ms(pair, since_ms, until_ms, timeout_ms));
    return Math.max(...(await Promise.all(all)));
  };
  const started_at_ms = Date.now();
  const usual_ms = await longest_ms(started_at_ms, started_at_ms + quiet_ms);
  const changed_at_ms = Date.now();
  change();
  const took_ms = await longest_ms(changed_at_ms, changed_at_ms + under_way_ms);
  return {took_ms, usual_ms};
}

export function describe({took_ms, usual_ms}) {
  return `${took_ms.toFixed(0)} ms (without the change ${usual_ms.toFixed(0)} ms)`;
}

// Without a new picture, from `since_ms` until there are some after `until_ms`.
async function longest_gap_ms(pair, since_ms, until_ms, timeout_ms) {
  const presented = await until(
    `${pair.what} move`,
    async () => {
      const all = await pair.read();
      return all.filter((at_ms) => at_ms > until_ms).length >= pictures_after && all;
    },
    {timeout_ms, every_ms: 50},
  );
  const times = [since_ms, ...presented.filter((at_ms) => at_ms > since_ms)];
  return Math.max(...times.slice(1).map((at_ms, i) => at_ms - times[i]));
}

// While `act` runs, everything that one of these people sends reaches the other.
export async function assert_undisturbed(pairs, act) {
  const received = () => Promise.all(pairs.map(([viewer, {name}]) => viewer.whole_pictures(name)));
  const sent = () => Promise.all(pairs.map(([, sender]) => sender.whole_pictures(sender.name)));
  // In this order: a browser that answers late must not seem to have missed pictures.
  const received_before = await received();
  const sent_before = await sent();
  await act();
  const sent_after = await sent();
  await sleep_ms(under_way_ms);
  const received_after = await received();
  pairs.forEach(([viewer, sender], pair) => {
    const got = received_after[pair] - received_before[pair];
    const all = sent_after[pair] - sent_before[pair];
    assert.ok(
      got >= 0.9 * all - 1,
      `${viewer.name} got ${got} of ${all} pictures of ${sender.name}`,
    );
  });
}
