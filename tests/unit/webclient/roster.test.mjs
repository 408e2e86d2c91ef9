import assert from 'node:assert/strict';
import test from 'node:test';

import {Roster} from '../../../tools/webclient/roster.js';

function two_cameras() {
  const roster = new Roster();
  const participant = (id, csrc) => ({
    id,
    name: id,
    role: 'presenter',
    state: 'connected',
    tracks: [{source: 'camera', muted: false, csrc, codec: 'VP8'}],
  });
  roster.reset(
    'me',
    [participant('ada', 11), participant('bob', 22), {id: 'me', name: 'me', tracks: []}],
    false,
  );
  return roster;
}

function subscribe(roster, participant_id, phase, mid) {
  roster.on_event({event: 'SUBSCRIPTION_CHANGED', participant_id, source: 'camera', phase, mid}, 0);
}

test('a subscription names the stream of a source', () => {
  const roster = two_cameras();
  assert.equal(roster.mid_of('ada', 'camera'), '');
  subscribe(roster, 'ada', 'open', '3');
  assert.equal(roster.mid_of('ada', 'camera'), '3');
  assert.equal(roster.mid_of('ada', 'screen'), '');
});

test('the packets of a stream say whose picture it is', () => {
  const roster = two_cameras();
  subscribe(roster, 'ada', 'open', '3');
  assert.ok(roster.stream_shows('3', 'ada', 'camera'), 'nothing contradicts the event');
  assert.ok(roster.on_csrc('3', 11));
  assert.ok(!roster.on_csrc('3', 11), 'no change');
  // The stream is handed to bob: until his first packet it still shows ada.
  subscribe(roster, 'ada', 'ended', '3');
  subscribe(roster, 'bob', 'open', '3');
  assert.equal(roster.mid_of('bob', 'camera'), '3');
  assert.ok(!roster.stream_shows('3', 'bob', 'camera'));
  assert.equal(roster.mid_of('ada', 'camera'), '');
  roster.on_csrc('3', 22);
  assert.ok(roster.stream_shows('3', 'bob', 'camera'));
});

test('a stream moves when its packets do, before the event comes', () => {
  const roster = two_cameras();
  subscribe(roster, 'ada', 'open', '3');
  roster.on_csrc('5', 11);
  assert.equal(roster.mid_of('ada', 'camera'), '5');
});

test('somebody who left takes subscriptions along', () => {
  const roster = two_cameras();
  subscribe(roster, 'ada', 'open', '3');
  roster.on_event({event: 'USER_LEFT', participant_id: 'ada', reason: 'left'}, 0);
  assert.equal(roster.participants.has('ada'), false);
  assert.equal(roster.subscription('ada', 'camera'), undefined);
  assert.equal(roster.source_of_csrc(11), null);
});

test('a resumed session keeps its streams, a new transport forgets them', () => {
  const roster = two_cameras();
  subscribe(roster, 'ada', 'open', '3');
  const ada = {
    id: 'ada',
    name: 'ada',
    tracks: [{source: 'camera', muted: true, csrc: 11, codec: 'VP8'}],
  };
  roster.reset('me', [ada, {id: 'me', name: 'me', tracks: []}], true);
  assert.equal(roster.mid_of('ada', 'camera'), '3');
  roster.forget_streams();
  assert.equal(roster.mid_of('ada', 'camera'), '');
});

test('events that name nobody or nothing known change nothing', () => {
  const roster = two_cameras();
  for (const event of [
    'MUTE_CHANGED',
    'SPEAKING',
    'STATE_CHANGED',
    'TRACK_CHANGED',
    'FROM_THE_FUTURE',
  ]) {
    roster.on_event(
      {event, participant_id: 'nobody', source: 'camera', track: {source: 'camera'}},
      0,
    );
  }
  assert.equal(roster.participants.size, 3);
  roster.on_event({event: 'MUTE_CHANGED', participant_id: 'ada', source: 'camera', muted: true}, 0);
  assert.equal(roster.participants.get('ada').tracks.get('camera').muted, true);
});
