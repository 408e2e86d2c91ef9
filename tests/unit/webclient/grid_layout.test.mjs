import assert from 'node:assert/strict';
import test from 'node:test';

import {
  grid_capacity,
  grid_rectangles,
  stage_areas,
  stage_rectangles,
} from '../../../tools/webclient/grid_layout.js';

const gap = 8;
const screens = [
  [1346, 682],
  [996, 682],
  [378, 768],
  [768, 340],
  [1900, 960],
  [300, 200],
];

function assert_apart_and_inside(rectangles, width, height) {
  const slack = 0.01;
  for (const [index, a] of rectangles.entries()) {
    assert.ok(a.x >= -slack && a.y >= -slack, `tile ${index} starts outside`);
    assert.ok(
      a.x + a.width <= width + slack && a.y + a.height <= height + slack,
      `tile ${index} ends outside`,
    );
    for (const b of rectangles.slice(index + 1)) {
      const apart =
        a.x + a.width <= b.x + slack ||
        b.x + b.width <= a.x + slack ||
        a.y + a.height <= b.y + slack ||
        b.y + b.height <= a.y + slack;
      assert.ok(apart, 'tiles overlap');
    }
  }
}

test('the grid keeps every tile on the screen and apart, for every count', () => {
  for (const [width, height] of screens) {
    for (let count = 1; count <= 49; ++count) {
      const rectangles = grid_rectangles({width, height, count, gap});
      assert.equal(rectangles.length, count);
      assert_apart_and_inside(rectangles, width, height);
    }
  }
});

test('the grid uses more than half of the space for up to nine people', () => {
  for (const [width, height] of screens) {
    for (let count = 1; count <= 9; ++count) {
      const used = grid_rectangles({width, height, count, gap}).reduce(
        (sum, tile) => sum + tile.width * tile.height,
        0,
      );
      assert.ok(
        used > 0.5 * width * height,
        `${count} on ${width}x${height}: ${used / (width * height)}`,
      );
    }
  }
});

test('no people, no tiles', () => {
  assert.deepEqual(grid_rectangles({width: 100, height: 100, count: 0, gap}), []);
});

test('a laptop shows 49 people at once, a phone fewer', () => {
  assert.equal(grid_capacity({width: 1346, height: 682, gap}), 49);
  const phone = grid_capacity({width: 378, height: 768, gap});
  assert.ok(phone >= 6 && phone <= 16, `${phone}`);
});

test('the stage and its neighbours stay on the screen and apart', () => {
  for (const [width, height] of screens) {
    const {capacity} = stage_areas({width, height, gap});
    for (let count = 0; count <= capacity; ++count) {
      const rectangles = stage_rectangles({width, height, count, gap});
      assert.equal(rectangles.length, count + 1);
      assert_apart_and_inside(rectangles, width, height);
    }
  }
});
