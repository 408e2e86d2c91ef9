import assert from 'node:assert/strict';
import test from 'node:test';

import {tile_models} from '../../../tools/webclient/tile_model.js';

// A session of one who looks on and one who sends these sources.
function session_with(...sources) {
  const person = (id, name) => ({id, name, state: 'connected', speaking: true, tracks: new Map()});
  const self = person('me', 'Ada');
  const other = person('p', 'Grace');
  for (const source of sources) other.tracks.set(source, {source, muted: false});
  return {
    roster: {
      self_id: self.id,
      self,
      others: [other],
      subscription: () => ({phase: 'open'}),
      stream_shows: () => true,
    },
    local: {is_on: () => false, track: () => null},
    stream_of: (id, source) => ({mid: source, track: `track of ${source}`}),
  };
}

test('everybody has a face, with and without a camera', () => {
  const {cameras, screens} = tile_models(session_with());
  assert.deepEqual(cameras.map(({key}) => key), ['me/camera', 'p/camera']);
  assert.deepEqual(screens, []);
});

test('each camera is a tile of its own, beside the face that speaks', () => {
  const {cameras} = tile_models(session_with('microphone', 'camera', 'camera_2'));
  const [, face, second] = cameras;
  assert.equal(cameras.length, 3);
  assert.equal(face.label, 'Grace');
  assert.equal(face.speaking, true);
  assert.equal(second.label, 'Grace’s camera 2');
  assert.equal(second.speaking, false);
  assert.equal(second.track, 'track of camera_2');
});

test('a camera that is muted has no tile, unless it is the face', () => {
  const session = session_with('camera', 'camera_3');
  for (const track of session.roster.others[0].tracks.values()) track.muted = true;
  assert.deepEqual(tile_models(session).cameras.map(({key}) => key), ['me/camera', 'p/camera']);
});
