import assert from 'node:assert/strict';
import test from 'node:test';

import {Liveness} from '../../../tools/webclient/liveness.js';

// Feeds a sample every 500 ms; returns the times at which it asked for action.
function run(liveness, samples) {
  const acts = [];
  samples.forEach(({bytes, expected = true}, index) => {
    const now_ms = 10000 + index * 500;
    if (liveness.on_sample({bytes, expected, now_ms})) acts.push(index * 500);
  });
  return acts;
}

test('media that flows needs no action', () => {
  assert.deepEqual(
    run(
      new Liveness(),
      Array.from({length: 20}, (_, index) => ({bytes: index})),
    ),
    [],
  );
});

test('a second of silence is acted on, then ever more rarely', () => {
  const acts = run(
    new Liveness(),
    Array.from({length: 40}, () => ({bytes: 7})),
  );
  assert.equal(acts[0], 1000);
  assert.equal(acts[1], 3000);
  assert.equal(acts[2], 7000);
});

test('silence that is expected is no silence', () => {
  assert.deepEqual(
    run(
      new Liveness(),
      Array.from({length: 20}, () => ({bytes: 7, expected: false})),
    ),
    [],
  );
});

test('once media flows again it is patient no longer', () => {
  const still = (bytes, count) => Array.from({length: count}, () => ({bytes}));
  const acts = run(new Liveness(), [...still(1, 20), ...still(2, 1), ...still(3, 10)]);
  assert.ok(acts.includes(11500), `${acts}`);
});

test('silence begins with the last packet, where the browser tells when that came', () => {
  const liveness = new Liveness();
  const at = (now_ms, bytes, last_ms) =>
    liveness.on_sample({bytes, last_ms, expected: true, now_ms});
  at(10000, 7, 9990);
  at(10250, 8, 10010);
  assert.equal(liveness.is_alert(10250), false);
  assert.equal(at(10500, 8, 10010), false);
  assert.equal(liveness.is_alert(10500), true);
  assert.equal(at(11000, 8, 10010), false);
  assert.equal(at(11100, 8, 10010), true);
  const odd = new Liveness();
  odd.on_sample({bytes: 7, last_ms: 99, expected: true, now_ms: 10000});
  assert.equal(odd.on_sample({bytes: 7, last_ms: 99, expected: true, now_ms: 10900}), false);
});

test('while the page stands still nobody listens', () => {
  const liveness = new Liveness();
  const at = (now_ms, bytes, last_ms = 0) =>
    liveness.on_sample({bytes, last_ms, expected: true, now_ms});
  at(10000, 7);
  assert.equal(at(15000, 7), false);
  assert.equal(at(15250, 7), false);
  assert.equal(at(15500, 7), true);
  assert.equal(at(20000, 8, 19100), false);
  assert.equal(at(20400, 8, 19100), false);
  assert.equal(at(20900, 8, 19100), false);
  assert.equal(at(21000, 8, 19100), true);
});

test('after a hint a short silence is enough, for a while', () => {
  const hinted = new Liveness();
  const at = (now_ms) => hinted.on_sample({bytes: 7, expected: true, now_ms});
  at(10000);
  assert.equal(at(10400), false);
  hinted.on_hint(10400);
  assert.equal(at(10500), true);
  const late = new Liveness();
  late.on_sample({bytes: 7, expected: true, now_ms: 10000});
  late.on_hint(7000);
  assert.equal(late.on_sample({bytes: 7, expected: true, now_ms: 10500}), false);
});
