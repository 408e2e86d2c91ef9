// How good a call is, in the numbers of bars: frame rate, resolution, freezes, sound, lips.

import assert from 'node:assert/strict';

import {sleep_ms} from './command.mjs';

const frame_rate_share_min = 0.9;
const lip_offset_ms_max = 45;
const freeze_ms_max = 1000;
const settling_seconds = 10; // a browser aligns lips in steps of some milliseconds a second

function key(row) {
  return `${row.name}/${row.source}`;
}

function by_key(rows) {
  return new Map(rows.map((row) => [key(row), row]));
}

// Watches every drawn video of a page for the longest time without a new frame.
async function watch_frames(person) {
  await person.page.evaluate(() => {
    globalThis.longest_gaps = {};
    for (const tile of document.querySelectorAll('.tile.has_video')) {
      const label = tile.querySelector('.tile_name_text').textContent;
      const video = tile.querySelector('video');
      let last = performance.now();
      globalThis.longest_gaps[label] = 0;
      const on_frame = (now) => {
        globalThis.longest_gaps[label] = Math.max(globalThis.longest_gaps[label], now - last);
        last = now;
        video.requestVideoFrameCallback(on_frame);
      };
      video.requestVideoFrameCallback(on_frame);
    }
  });
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

// Audio against video of each participant, by what their receivers say is being played at this
// moment, in the clock of the sender (estimatedPlayoutTimestamp: it rests on the sender reports
// that came through).
async function lip_offsets_ms(person) {
  const offsets = new Map();
  const rows = by_key(await person.stats());
  for (const row of rows.values()) {
    const audio = rows.get(`${row.name}/microphone`);
    if (row.own || row.source !== 'camera' || !row.playout_at_ms || !audio?.playout_at_ms) continue;
    offsets.set(row.name, audio.playout_at_ms - row.playout_at_ms);
  }
  return offsets;
}

// Measures all `people` at once for `seconds` and returns a row per received camera.
async function measure(people, seconds) {
  const before = await Promise.all(people.map((person) => person.stats()));
  await Promise.all(people.map(watch_frames));
  const offsets = people.map(() => new Map());
  const end_ms = Date.now() + seconds * 1000;
  while (Date.now() < end_ms) {
    await sleep_ms(1000);
    for (const [index, person] of people.entries()) {
      for (const [name, offset] of await lip_offsets_ms(person)) {
        offsets[index].set(name, [...(offsets[index].get(name) ?? []), offset]);
      }
    }
  }
  const after = await Promise.all(people.map((person) => person.stats()));
  const gaps = await Promise.all(
    people.map((person) => person.page.evaluate(() => globalThis.longest_gaps)),
  );
  const published = new Map(
    after.flatMap((rows, index) =>
      rows
        .filter((row) => row.own && row.source === 'camera')
        .map((row) => [
          row.name,
          {...row, encoded: row.frames - by_key(before[index]).get(key(row)).frames},
        ]),
    ),
  );
  return people.flatMap((person, index) =>
    after[index]
      .filter((row) => !row.own && row.source === 'camera' && published.has(row.name))
      .map((row) => {
        const earlier = by_key(before[index]);
        const sound = by_key(after[index]).get(`${row.name}/microphone`);
        return {
          receiver: person.name,
          sender: row.name,
          frame_share:
            (row.frames - earlier.get(key(row)).frames) / published.get(row.name).encoded,
          sent_fps: published.get(row.name).encoded / seconds,
          size: `${row.width}x${row.height}`,
          sent_size: `${published.get(row.name).width}x${published.get(row.name).height}`,
          longest_gap_ms: Math.round(gaps[index][row.name] ?? Infinity),
          energy: sound.energy - earlier.get(`${row.name}/microphone`).energy,
          lip_offset_ms: offsets[index].has(row.name)
            ? Math.round(median(offsets[index].get(row.name).slice(settling_seconds)))
            : null,
          lost: row.lost,
        };
      }),
  );
}

// Prints the table and checks every bar.
export async function assert_good_call(people, seconds) {
  const rows = await measure(people, seconds);
  console.table(
    rows.map((row) => ({
      ...row,
      frame_share: row.frame_share.toFixed(3),
      sent_fps: row.sent_fps.toFixed(1),
      energy: row.energy.toExponential(1),
    })),
  );
  assert.equal(rows.length, people.length * (people.length - 1), 'everybody receives everybody');
  for (const row of rows) {
    const who = `${row.sender} at ${row.receiver}`;
    assert.ok(
      row.frame_share >= frame_rate_share_min,
      `${who}: frame rate share ${row.frame_share}`,
    );
    assert.equal(row.size, row.sent_size, `${who}: resolution`);
    assert.ok(row.longest_gap_ms <= freeze_ms_max, `${who}: no frame for ${row.longest_gap_ms} ms`);
    assert.ok(row.energy > 0, `${who}: no sound`);
    assert.ok(row.lip_offset_ms !== null, `${who}: no sender report came through`);
    assert.ok(
      Math.abs(row.lip_offset_ms) <= lip_offset_ms_max,
      `${who}: lips ${row.lip_offset_ms} ms off`,
    );
  }
}
