import assert from 'node:assert/strict';
import test from 'node:test';

import {rates, since, summarize} from '../../../tools/webclient/stats_summary.js';

const inbound = (timestamp, more) => ({
  type: 'inbound-rtp',
  kind: 'video',
  mid: '2',
  codecId: 'c',
  timestamp,
  frameWidth: 640,
  frameHeight: 360,
  ...more,
});

test('the codec, the size and the rate of a stream', () => {
  const codec = {type: 'codec', id: 'c', mimeType: 'video/VP8'};
  const before = summarize([codec, inbound(1000, {bytesReceived: 1000})]);
  const now = summarize([codec, inbound(3000, {bytesReceived: 51000, framesPerSecond: 20})]);
  const numbers = now.by_mid.get('2');
  assert.equal(numbers.codec, 'VP8');
  assert.equal(numbers.width, 640);
  assert.deepEqual(rates(now, before, '2'), {kbit_s: 200, fps: 20});
  assert.deepEqual(rates(now, undefined, '2'), {kbit_s: 0, fps: 20});
});

test('encodings of one source count together and the largest is described', () => {
  const outbound = (rid, frameWidth, bytesSent) => ({
    type: 'outbound-rtp',
    mid: '1',
    rid,
    frameWidth,
    bytesSent,
  });
  const numbers = summarize([
    outbound('q', 160, 10),
    outbound('f', 640, 100),
    outbound('h', 320, 30),
  ]).by_mid.get('1');
  assert.equal(numbers.width, 640);
  assert.equal(numbers.bytes, 140);
});

test('what happened before a source took the stream over is not counted', () => {
  const numbers = summarize([inbound(1, {freezeCount: 5, packetsLost: 9})]).by_mid.get('2');
  const baseline = summarize([inbound(1, {freezeCount: 4, packetsLost: 9})]).by_mid.get('2');
  assert.equal(since(numbers, baseline).freezes, 1);
  assert.equal(since(numbers, baseline).lost, 0);
});
