import assert from 'node:assert/strict';
import test from 'node:test';

import {initials} from '../../../tools/webclient/avatar.js';
import {backoff_ms} from '../../../tools/webclient/backoff.js';
import {choose_codecs} from '../../../tools/webclient/codec.js';
import {host_link, invitation, parse_meeting_link} from '../../../tools/webclient/meeting_link.js';

test('waiting times double, jitter and stay below a bound', () => {
  assert.equal(backoff_ms(0, 0), 125);
  assert.equal(backoff_ms(1, 0), 250);
  assert.ok(backoff_ms(50, 0.999) <= 8000);
});

test('initials of one word, of many and of none', () => {
  assert.equal(initials('Ada Lovelace'), 'AL');
  assert.equal(initials('  tim '), 'T');
  assert.equal(initials('Karen Spärck Jones'), 'KJ');
  assert.equal(initials(''), '?');
});

test('a codec that is wanted and taken is offered alone, else the room has its order', () => {
  const all = ['video/VP8', 'video/rtx', 'video/VP9', 'video/H264', 'video/AV1'].map(
    (mimeType) => ({mimeType}),
  );
  const order = (wanted, room) =>
    choose_codecs(all, wanted, room)
      .map((codec) => codec.mimeType.slice(6))
      .join(' ');
  assert.equal(order('', ['opus', 'VP8', 'VP9']), 'VP8 VP9 rtx H264 AV1');
  assert.equal(order('av1', ['VP8', 'AV1']), 'rtx AV1');
  assert.equal(order('H264', ['VP8']), 'VP8 rtx VP9 H264 AV1');
});

test('a host hands on the guests’ token, never the own one', () => {
  const created = {meeting_id: 'm1', host_token: 'H', join_token: 'G'};
  const url = new URL(host_link('https://sluice.example', created));
  const link = parse_meeting_link(url);
  assert.deepEqual(link, {meeting_id: 'm1', token: 'H', guest_token: 'G'});
  assert.equal(
    invitation('https://sluice.example', link, 'host'),
    'https://sluice.example/m/m1#t=G',
  );
  assert.equal(invitation('https://sluice.example', {...link, guest_token: ''}, 'host'), '');
  assert.equal(
    invitation('https://sluice.example', {meeting_id: 'm1', token: 'G', guest_token: ''}, 'guest'),
    'https://sluice.example/m/m1#t=G',
  );
  assert.equal(parse_meeting_link({pathname: '/', hash: ''}), null);
});
