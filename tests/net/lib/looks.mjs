// Looks at the page as a picture: saves it, and checks what an eye would see at once.

import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';

const directory = join(process.env.SLUICE_BUILD, 'tests/net/screenshots');

export async function picture(person, name) {
  mkdirSync(directory, {recursive: true});
  const path = join(directory, `${name}.png`);
  // The pointer away from the tiles, and motion at its end.
  await person.page.mouse.move(0, 0);
  await person.page.waitForTimeout(400);
  await person.page.screenshot({path});
  console.log(`saved ${path}`);
  return path;
}

function overlap(a, b) {
  const slack = 1;
  return (
    a.x < b.x + b.width - slack &&
    b.x < a.x + a.width - slack &&
    a.y < b.y + b.height - slack &&
    b.y < a.y + a.height - slack
  );
}

// Tiles and the bar lie inside the page, apart from each other, and use the space: `share_min` of
// the area above the bar.
export async function assert_tidy(person, tiles_expected, share_min) {
  const {width, height} = person.page.viewportSize();
  await person.page.evaluate(async () => {
    await Promise.all(document.getAnimations().map((animation) => animation.finished));
  });
  const boxes = await person.page.evaluate(() =>
    [...document.querySelectorAll('.tile, .toolbar_group .button')]
      .filter((node) => node.checkVisibility())
      .map((node) => {
        const {x, y, width, height} = node.getBoundingClientRect();
        return {
          x,
          y,
          width,
          height,
          is_tile: node.classList.contains('tile'),
          label: node.getAttribute('aria-label'),
        };
      }),
  );
  const tiles = boxes.filter((box) => box.is_tile);
  assert.equal(tiles.length, tiles_expected, `tiles: ${JSON.stringify(tiles)}`);
  for (const [index, box] of boxes.entries()) {
    assert.ok(
      box.x >= -1 &&
        box.y >= -1 &&
        box.x + box.width <= width + 1 &&
        box.y + box.height <= height + 1,
      `outside the page: ${JSON.stringify(box)}`,
    );
    for (const other of boxes.slice(index + 1)) {
      assert.ok(!overlap(box, other), `overlap: ${JSON.stringify([box, other])}`);
    }
  }
  const bar_top = Math.min(...boxes.filter((box) => !box.is_tile).map((box) => box.y));
  const used = tiles.reduce((sum, tile) => sum + tile.width * tile.height, 0) / (width * bar_top);
  assert.ok(used >= share_min, `the tiles use ${used.toFixed(2)} of the space`);
}
