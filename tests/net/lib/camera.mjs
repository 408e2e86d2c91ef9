// Cameras that show who they belong to: a painted person before a wall of a colour of its own, as a
// file that Chromium plays in place of a camera. So a test can tell whose picture is in a tile.

import {closeSync, openSync, writeSync} from 'node:fs';

export const width = 640;
export const height = 360;
// Three browsers encode, decode and paint these on two cores, with time to spare.
export const frames_per_second = 10;
export const walls = [
  [178, 104, 84],
  [86, 140, 110],
  [88, 104, 168],
  [190, 165, 96],
];

const seconds = 2; // the file plays in a loop
const coats = [
  [58, 84, 104],
  [96, 62, 98],
  [128, 62, 58],
  [52, 92, 80],
];
const skins = [
  [232, 190, 164],
  [196, 142, 108],
  [160, 108, 76],
  [214, 166, 130],
];
const hairs = [
  [62, 44, 36],
  [36, 28, 26],
  [28, 24, 30],
  [120, 84, 52],
];

// 1 inside an ellipse, 0 outside, soft over a pixel or two.
function ellipse(x, y, centre_x, centre_y, radius_x, radius_y) {
  const distance = Math.hypot((x - centre_x) / radius_x, (y - centre_y) / radius_y);
  return Math.min(1, Math.max(0, (1 - distance) * radius_x * 0.7 + 0.5));
}

function mix(below, above, share) {
  for (let channel = 0; channel < 3; ++channel) {
    below[channel] += (above[channel] - below[channel]) * share;
  }
}

// The colour at x, y (in pixels) of somebody who sways by `sway` pixels.
function colour_at(index, x, y, sway) {
  const light = 1.08 - 0.4 * (y / height) - 0.12 * Math.abs(x / width - 0.4);
  const colour = walls[index].map((value) => value * light);
  const centre = width / 2 + sway;
  mix(colour, coats[index], ellipse(x, y, centre, height * 1.06, width * 0.21, height * 0.38));
  mix(colour, hairs[index], ellipse(x, y, centre, height * 0.4, width * 0.094, height * 0.21));
  const skin = skins[index];
  const neck = skin.map((value) => value * 0.86);
  mix(colour, neck, ellipse(x, y, centre, height * 0.68, width * 0.034, height * 0.09));
  mix(colour, skin, ellipse(x, y, centre, height * 0.48, width * 0.078, height * 0.185));
  return colour;
}

// BT.601, studio range, as webcams send it.
function to_yuv([red, green, blue]) {
  return [
    16 + 0.257 * red + 0.504 * green + 0.098 * blue,
    128 - 0.148 * red - 0.291 * green + 0.439 * blue,
    128 + 0.439 * red - 0.368 * green - 0.071 * blue,
  ];
}

function paint_frame(frame, index, sway, shrink) {
  const columns = width / shrink;
  const luma = columns * (height / shrink);
  for (let y = 0; y < height / shrink; ++y) {
    for (let x = 0; x < columns; ++x) {
      const [bright, blue, red] = to_yuv(colour_at(index, x * shrink, y * shrink, sway));
      frame[y * columns + x] = bright;
      if ((x | y) & 1) continue;
      const chroma = (y >> 1) * (columns >> 1) + (x >> 1);
      frame[luma + chroma] = blue;
      frame[luma + luma / 4 + chroma] = red;
    }
  }
}

// A camera that costs less to encode and shows an interruption sooner.
export const small_camera = {shrink: 2, rate: 15};

// Writes a YUV4MPEG2 file. `index` says who: 0 to 3; `shrink`: divides both sides of the picture.
export function write_camera_file(path, index, {shrink = 1, rate = frames_per_second} = {}) {
  const file = openSync(path, 'w');
  const size = `W${width / shrink} H${height / shrink}`;
  writeSync(file, `YUV4MPEG2 ${size} F${rate}:1 Ip A1:1 C420jpeg\n`);
  const frame = Buffer.alloc((width * height * 3) / 2 / shrink ** 2);
  const frames = seconds * rate;
  for (let number = 0; number < frames; ++number) {
    paint_frame(frame, index, Math.sin((number / frames) * 2 * Math.PI) * width * 0.02, shrink);
    writeSync(file, 'FRAME\n');
    writeSync(file, frame);
  }
  closeSync(file);
}

// Whose wall this colour, [r, g, b], is; -1 = nobody's.
export function owner_of_wall(seen) {
  const distances = walls.map((wall) =>
    Math.hypot(...wall.map((value, channel) => value - seen[channel])),
  );
  const nearest = distances.indexOf(Math.min(...distances));
  return distances[nearest] < 45 ? nearest : -1;
}
