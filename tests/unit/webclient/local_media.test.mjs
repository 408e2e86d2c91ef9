// LocalMedia: devices that are wished for, and taken back while the person is asked.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {LocalMedia} from '../../../tools/webclient/local_media.js';

// A browser that asks, and a person who answers when the test says so.
class Prompt {
  asked = [];

  constructor() {
    const ask = (constraints) =>
      new Promise((allow, refuse) => this.asked.push({constraints, allow, refuse}));
    Object.defineProperty(globalThis, 'navigator', {
      configurable: true,
      value: {mediaDevices: {getUserMedia: ask, getDisplayMedia: ask}},
    });
    const kept = new Map();
    globalThis.localStorage = {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
    };
  }

  // The track that was given.
  async allow(index) {
    const track = {
      stopped: false,
      stop() {
        this.stopped = true;
      },
      addEventListener() {},
      getSettings: () => ({}),
    };
    this.asked[index].allow({
      getTracks: () => [track],
      getVideoTracks: () => [track],
      getAudioTracks: () => [],
    });
    await new Promise(setImmediate);
    return track;
  }
}

test('what is allowed is on', async () => {
  const prompt = new Prompt();
  const local = new LocalMedia();
  local.set_on('camera', true);
  local.set_on('camera', true); // a second click asks nobody again
  const track = await prompt.allow(0);
  assert.equal(prompt.asked.length, 1);
  assert.equal(local.track('camera'), track);
  assert.equal(local.is_on('camera'), true);
});

test('what is allowed after leaving is let go', async () => {
  const prompt = new Prompt();
  const local = new LocalMedia();
  local.set_on('camera', true);
  local.start_screen();
  local.close();
  for (const index of [0, 1]) assert.equal((await prompt.allow(index)).stopped, true);
  assert.equal(local.track('camera'), null);
  assert.equal(local.track('screen'), null);
});

test('a listener has no device that was asked for before', async () => {
  const prompt = new Prompt();
  const local = new LocalMedia();
  local.set_on('microphone', true);
  local.start_screen();
  local.set_on('microphone', false);
  local.stop_screen();
  for (const index of [0, 1]) assert.equal((await prompt.allow(index)).stopped, true);
  assert.equal(local.is_on('microphone'), false);
  assert.equal(local.is_on('screen'), false);
});

test('of two picks the last one counts, and no other camera stands in for it', async () => {
  const prompt = new Prompt();
  const local = new LocalMedia();
  local.use_extra_camera('camera_2', 'a');
  await new Promise(setImmediate);
  local.use_extra_camera('camera_2', 'b');
  await new Promise(setImmediate);
  const [first, second] = [await prompt.allow(0), await prompt.allow(1)];
  assert.deepEqual(
    prompt.asked.map(({constraints}) => constraints.video.deviceId),
    [{exact: 'a'}, {exact: 'b'}],
  );
  assert.equal(first.stopped, true);
  assert.equal(local.track('camera_2'), second);

  const failures = [];
  local.on('failed', (failure) => failures.push(failure));
  local.use_extra_camera('camera_3', 'gone');
  await new Promise(setImmediate);
  prompt.asked[2].refuse(new DOMException('', 'OverconstrainedError'));
  await new Promise(setImmediate);
  assert.equal(prompt.asked.length, 3);
  assert.deepEqual(failures, [{source: 'camera_3', message: 'No camera 3 was found.'}]);
});
