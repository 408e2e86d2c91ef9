// How good a call is, in the numbers of bars: frame rate, resolution, freezes, sound, lips.

import assert from 'node:assert/strict';

import {sleep_ms} from './command.mjs';

const frame_rate_share_min = 0.9;
const lip_offset_ms_max = 45;
const freeze_ms_max = 1000;
const settling_seconds = 20; // a browser aligns lips in steps of some milliseconds a second

function key(row) {
  return `${row.name}/${row.source}`;
}

function by_key(rows) {
  return new Map(rows.map((row) => [key(row), row]));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

// One reading of what a person receives, a row per camera.
//
// Lips: audio against video, by what the receiver says is being played at this moment, in the clock
// of the sender (estimatedPlayoutTimestamp: it rests on the sender reports that came through).
function read_cameras(rows) {
  const sources = by_key(rows);
  return rows
    .filter((row) => !row.own && row.source === 'camera')
    .map((row) => {
      const sound = sources.get(`${row.name}/microphone`);
      const is_played = row.playout_at_ms && sound?.playout_at_ms;
      return {
        name: row.name,
        frozen_ms: row.freeze_s * 1000,
        lip_offset_ms: is_played ? sound.playout_at_ms - row.playout_at_ms : null,
      };
    });
}

// A freeze is counted when it ends, so one that lasted over a second shows as more than a second
// between two readings.
function longest_freeze_ms(readings) {
  const steps = readings
    .slice(1)
    .map((reading, index) => reading.frozen_ms - readings[index].frozen_ms);
  return Math.round(Math.max(0, ...steps));
}

function lip_offset_ms(readings) {
  const offsets = readings
    .slice(settling_seconds)
    .map((reading) => reading.lip_offset_ms)
    .filter((offset) => offset !== null);
  return offsets.length > 0 ? Math.round(median(offsets)) : null;
}

// Measures all `people` at once for `seconds` and returns a row per received camera.
async function measure(people, seconds) {
  const before = await Promise.all(people.map((person) => person.stats()));
  const readings = people.map(() => []);
  const end_ms = Date.now() + seconds * 1000;
  while (Date.now() < end_ms) {
    await sleep_ms(1000);
    const stats = await Promise.all(people.map((person) => person.stats()));
    stats.forEach((rows, index) => readings[index].push(read_cameras(rows)));
  }
  const of_camera = (index, name) =>
    readings[index].flatMap((cameras) => cameras.filter((camera) => camera.name === name));
  const after = await Promise.all(people.map((person) => person.stats()));
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
          longest_freeze_ms: longest_freeze_ms(of_camera(index, row.name)),
          energy: sound.energy - earlier.get(`${row.name}/microphone`).energy,
          lip_offset_ms: lip_offset_ms(of_camera(index, row.name)),
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
    assert.ok(
      row.longest_freeze_ms <= freeze_ms_max,
      `${who}: frozen for ${row.longest_freeze_ms} ms`,
    );
    assert.ok(row.energy > 0, `${who}: no sound`);
    assert.ok(row.lip_offset_ms !== null, `${who}: no sender report came through`);
  }
  await assert_lips(people, rows);
}

// A browser on a busy machine holds its sound back and then aligns its pictures anew, for which it
// gets the time once. What is off by a fault stays off.
async function assert_lips(people, rows) {
  const is_off = ({lip_offset_ms}) => Math.abs(lip_offset_ms) > lip_offset_ms_max;
  const was_off = rows.filter(is_off);
  if (was_off.length === 0) return;
  console.log('lips are measured again');
  const again = await measure(people, 2 * settling_seconds);
  for (const {receiver, sender, lip_offset_ms} of was_off) {
    const row = again.find((other) => other.receiver === receiver && other.sender === sender);
    const offsets = `${lip_offset_ms} ms, then ${row?.lip_offset_ms} ms`;
    const is_good = row?.lip_offset_ms != null && !is_off(row);
    assert.ok(is_good, `${sender} at ${receiver}: lips ${offsets} off`);
  }
}
