// Where the tiles go. Pure functions of sizes in CSS pixels: no DOM.
//
// A tile's shape may vary between two aspect ratios, so that three people fill a phone and nine
// fill a laptop.

export const tiles_per_page_max = 49;

// How far a tile may depart from 16:9: upright screens crop more than wide ones.
function aspect_range(width, height) {
  return width >= height ? {min: 4 / 3, max: 16 / 9} : {min: 3 / 4, max: 16 / 9};
}

// The column count that gives the largest tile.
export function best_grid({width, height, count, gap}) {
  const aspect = aspect_range(width, height);
  let best = null;
  for (let columns = 1; columns <= count; ++columns) {
    const rows = Math.ceil(count / columns);
    let tile_width = (width - gap * (columns - 1)) / columns;
    let tile_height = (height - gap * (rows - 1)) / rows;
    if (tile_width <= 0 || tile_height <= 0) continue;
    if (tile_width / tile_height > aspect.max) {
      tile_width = tile_height * aspect.max;
    } else if (tile_width / tile_height < aspect.min) {
      tile_height = tile_width / aspect.min;
    }
    const area = tile_width * tile_height;
    if (best === null || area > best.area + 1)
      best = {columns, rows, tile_width, tile_height, area};
  }
  return best;
}

// How many tiles of a readable size fit on one page.
export function grid_capacity({width, height, gap}) {
  const phone = Math.min(width, height) < 500;
  const width_min = phone ? 150 : 140;
  const height_min = phone ? 96 : 84;
  let capacity = 1;
  for (let count = 2; count <= tiles_per_page_max; ++count) {
    const grid = best_grid({width, height, count, gap});
    if (grid && grid.tile_width >= width_min && grid.tile_height >= height_min) capacity = count;
  }
  return capacity;
}

// Rectangles of `count` tiles, the block and its last row centred.
export function grid_rectangles({width, height, count, gap}) {
  const grid = count > 0 ? best_grid({width, height, count, gap}) : null;
  if (grid === null) return [];
  const {columns, rows, tile_width, tile_height} = grid;
  const top = (height - rows * tile_height - (rows - 1) * gap) / 2;
  const rectangles = [];
  for (let index = 0; index < count; ++index) {
    const row = Math.floor(index / columns);
    const in_row = Math.min(columns, count - row * columns);
    const left = (width - in_row * tile_width - (in_row - 1) * gap) / 2;
    rectangles.push({
      x: left + (index % columns) * (tile_width + gap),
      y: top + row * (tile_height + gap),
      width: tile_width,
      height: tile_height,
    });
  }
  return rectangles;
}

// One large tile and the others: in a strip beside it on a wide screen, in a grid below it on an
// upright one. {stage, rest, capacity}: two areas, and how many tiles fit in the second.
export function stage_areas({width, height, gap}) {
  if (width >= height) {
    const tile_width = Math.min(260, Math.max(132, width * 0.19));
    const tile_height = (tile_width * 9) / 16;
    return {
      stage: {x: 0, y: 0, width: width - tile_width - gap, height},
      rest: {x: width - tile_width, y: 0, width: tile_width, height},
      capacity: Math.max(1, Math.floor((height + gap) / (tile_height + gap))),
    };
  }
  const stage_height = Math.min(width * 0.75, height * 0.5);
  const rest = {x: 0, y: stage_height + gap, width, height: height - stage_height - gap};
  return {
    stage: {x: 0, y: 0, width, height: stage_height},
    rest,
    capacity: grid_capacity({width, height: rest.height, gap}),
  };
}

// The stage first, then the others. Alone the stage takes everything.
export function stage_rectangles({width, height, count, gap}) {
  if (count === 0) return [{x: 0, y: 0, width, height}];
  const {stage, rest} = stage_areas({width, height, gap});
  const others =
    width >= height
      ? strip_rectangles({...rest, count, gap})
      : grid_rectangles({...rest, count, gap});
  return [stage, ...others.map((other) => ({...other, x: other.x + rest.x, y: other.y + rest.y}))];
}

function strip_rectangles({width, height, count, gap}) {
  const tile_height = (width * 9) / 16;
  const top = (height - count * tile_height - (count - 1) * gap) / 2;
  return Array.from({length: count}, (_, index) => ({
    x: 0,
    y: top + index * (tile_height + gap),
    width,
    height: tile_height,
  }));
}
