// The statistics of one tile, as a small table over the picture.

import {element} from './element.js';

// [label, text]: small tiles leave the labels out.
function rows_of(video, audio, own) {
  const rows = [];
  if (video) {
    rows.push(['video', `${video.codec || '–'} ${video.width}×${video.height}`]);
    rows.push(['', `${Math.round(video.fps)} fps · ${Math.round(video.kbit_s)} kbit/s`]);
    if (!own) {
      rows.push(['', `${video.jitter_ms.toFixed(1)} ms jitter`]);
      rows.push(['', `${video.lost} of ${video.packets + video.lost} lost`]);
      rows.push(['', `${video.freezes} freezes, ${video.freeze_s.toFixed(1)} s`]);
    } else if (video.limitation && video.limitation !== 'none') {
      rows.push(['', `limited by ${video.limitation}`]);
    }
  }
  if (audio) {
    rows.push(['audio', `${audio.codec || '–'} · ${Math.round(audio.kbit_s)} kbit/s`]);
    if (!own) rows.push(['', `${audio.jitter_ms.toFixed(1)} ms jitter · ${audio.lost} lost`]);
  }
  return rows.length > 0 ? rows : [['', 'nothing received']];
}

// `video`, `audio`: numbers of StatsPoller.of_source or null. `own`: this is what the client sends.
export function render_stats(node, {video, audio, own}) {
  node.replaceChildren(
    ...rows_of(video, audio, own).map(([label, value]) =>
      element('div', {class: 'stats_row'}, element('span', {}, label), element('b', {}, value)),
    ),
  );
}
