// How long pictures stand still when something happens to a call, and for whom.

import assert from 'node:assert/strict';

import {sleep_ms, until} from './command.mjs';

// Milliseconds until a picture that was sent after `change` is decoded, both ways.
export async function interruption_ms(pairs, change, timeout_ms) {
  const frames = ([viewer, sender]) =>
    viewer.stat(sender.name, 'camera').then((row) => row?.frames ?? 0);
  change();
  const changed_at_ms = performance.now();
  await sleep_ms(300); // what was under way arrives
  const back = pairs.map(async (pair) => {
    const before = await frames(pair);
    await until(
      `${pair[0].name} sees ${pair[1].name} move again`,
      async () => (await frames(pair)) > before,
      {timeout_ms, every_ms: 50, describe: () => pair[0].stats()},
    );
  });
  await Promise.all(back);
  return performance.now() - changed_at_ms;
}

// While `act` runs, everything that one of these people sends reaches the other.
export async function assert_undisturbed(pairs, act) {
  const frames = ([viewer, sender]) =>
    Promise.all([sender.stat(sender.name, 'camera'), viewer.stat(sender.name, 'camera')]);
  const before = await Promise.all(pairs.map(frames));
  await act();
  const after = await Promise.all(pairs.map(frames));
  pairs.forEach(([viewer, sender], pair) => {
    const grown = (end) => after[pair][end].frames - before[pair][end].frames;
    const [sent, received] = [grown(0), grown(1)];
    assert.ok(
      received >= 0.9 * sent - 1,
      `${viewer.name} got ${received} of ${sent} pictures of ${sender.name}`,
    );
  });
}
