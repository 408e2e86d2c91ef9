import assert from 'node:assert/strict';
import test from 'node:test';

import {order_tiles, page_count, tiles_of_page} from '../../../tools/webclient/tile_order.js';

const people = (count) =>
  Array.from({length: count}, (_, index) => ({
    key: `p${index}`,
    is_self: index === 0,
    spoke_at_ms: 0,
  }));
const keys = (tiles) => tiles.map((tile) => tile.key).join(' ');

test('tiles that fit keep the order of joining', () => {
  const tiles = people(4);
  tiles[3].spoke_at_ms = 9;
  assert.equal(keys(order_tiles(tiles, 4)), 'p0 p1 p2 p3');
});

test('who speaks on a later page comes to the first, and nobody else moves', () => {
  const tiles = people(6);
  tiles[1].spoke_at_ms = 5;
  tiles[5].spoke_at_ms = 9;
  assert.equal(keys(order_tiles(tiles, 3)), 'p0 p1 p5 p2 p3 p4');
});

test('this person stays on the first page', () => {
  const tiles = people(4);
  for (const tile of tiles.slice(1)) tile.spoke_at_ms = 5;
  assert.ok(keys(tiles_of_page(tiles, 2, 0)).startsWith('p0'));
});

test('pages hold everybody once, and a page that is gone becomes the last', () => {
  const tiles = people(10);
  const pages = page_count(10, 4);
  assert.equal(pages, 3);
  const seen = [0, 1, 2].flatMap((page) => tiles_of_page(tiles, 4, page));
  assert.equal(new Set(seen).size, 10);
  assert.equal(keys(tiles_of_page(tiles, 4, 7)), 'p8 p9');
  assert.equal(page_count(0, 4), 1);
});
