// The tiles on the screen: a grid, or a stage with a strip when a screen is shared or a tile is
// pinned.

import {element, set_text} from './element.js';
import {grid_capacity, grid_rectangles, stage_areas, stage_rectangles} from './grid_layout.js';
import {icon} from './icons.js';
import {page_count, tiles_of_page} from './tile_order.js';
import {Tile} from './tile.js';

const gap = 8;
const pager_height = 40;
const encoding_widths = [320, 640]; // a tile up to this many device pixels needs no higher encoding

export class TileGrid {
  root = element('section', {class: 'grid', 'aria-label': 'Participants'});
  shown = []; // the models on the screen
  #tiles = new Map(); // key -> Tile
  #models = {cameras: [], screens: []};
  #pinned = '';
  #page = 0;
  #on_layout;
  #previous;
  #next;
  #page_label = element('span', {});
  #pager = element('nav', {class: 'pager', 'aria-label': 'Pages', hidden: true});
  #observer = new ResizeObserver(() => this.#layout());

  // `on_layout` is called when other tiles are on the screen than before.
  constructor({on_layout}) {
    this.#on_layout = on_layout;
    this.#previous = this.#pager_button('left', 'Previous page', -1);
    this.#next = this.#pager_button('right', 'Next page', 1);
    this.#pager.append(this.#previous, this.#page_label, this.#next);
    this.root.append(this.#pager);
    this.#observer.observe(this.root);
  }

  // `models`: what tile_models() gives.
  render(models) {
    this.#models = models;
    this.#layout();
  }

  tile(key) {
    return this.#tiles.get(key);
  }

  close() {
    this.#observer.disconnect();
    for (const tile of this.#tiles.values()) tile.close();
    this.#tiles.clear();
  }

  // True while everything there is fits on the page.
  get shows_everything() {
    return this.shown.length === this.#models.cameras.length + this.#models.screens.length;
  }

  // The tiles of the `view` message.
  get view() {
    return this.shown
      .filter((model) => !model.is_self)
      .map((model) => ({
        participant_id: model.participant_id,
        source: model.source,
        encoding_cap: this.#encoding_cap(model),
      }));
  }

  #encoding_cap(model) {
    const width = this.#tiles.get(model.key).root.clientWidth * devicePixelRatio;
    const step = encoding_widths.findIndex((limit) => width <= limit);
    return model.source === 'screen' || step < 0 ? 255 : step;
  }

  #pager_button(name, label, step) {
    return element(
      'button',
      {
        class: 'pager_button',
        type: 'button',
        'aria-label': label,
        title: label,
        on: {click: () => this.#turn(step)},
      },
      icon(name),
    );
  }

  #turn(step) {
    this.#page = Math.max(0, this.#page + step);
    this.#layout();
  }

  #toggle_pin(key) {
    this.#pinned = this.#pinned === key ? '' : key;
    this.#layout();
  }

  #stage_model() {
    const {cameras, screens} = this.#models;
    const pinned = [...screens, ...cameras].find((model) => model.key === this.#pinned);
    if (pinned) return pinned;
    // The newest screen of somebody else; one's own only when nobody else is here to be looked at.
    const others = screens.filter((model) => !model.is_self);
    if (others.length > 0) return others[others.length - 1];
    return cameras.length === 1 ? (screens[0] ?? null) : null;
  }

  #layout() {
    const {clientWidth: width, clientHeight} = this.root;
    if (width === 0 || clientHeight === 0) return;
    const stage = this.#stage_model();
    const {cameras, screens} = this.#models;
    const rest = [...screens, ...cameras].filter((model) => model !== stage);
    const capacity_at = (height) =>
      stage ? stage_areas({width, height, gap}).capacity : grid_capacity({width, height, gap});
    const is_paged = rest.length > capacity_at(clientHeight);
    const height = clientHeight - (is_paged ? pager_height : 0);
    const capacity = capacity_at(height);
    const pages = page_count(rest.length, capacity);
    this.#page = Math.min(this.#page, pages - 1);
    const page = tiles_of_page(rest, capacity, this.#page);
    const area = {width, height, count: page.length, gap};
    const rectangles = stage ? stage_rectangles(area) : grid_rectangles(area);
    this.#show_pager(pages);
    this.#place(stage ? [stage, ...page] : page, rectangles);
  }

  #place(models, rectangles) {
    const keys = new Set(models.map((model) => model.key));
    for (const [key, tile] of this.#tiles) {
      if (keys.has(key)) continue;
      tile.close();
      this.#tiles.delete(key);
    }
    models.forEach((model, index) => {
      if (!this.#tiles.has(model.key)) {
        const tile = new Tile({on_pin: () => this.#toggle_pin(model.key)});
        this.#tiles.set(model.key, tile);
        this.root.append(tile.root);
      }
      const tile = this.#tiles.get(model.key);
      tile.place(rectangles[index]);
      tile.render({...model, pinned: model.key === this.#pinned});
    });
    this.shown = models;
    this.#on_layout();
  }

  #show_pager(pages) {
    this.#pager.hidden = pages === 1;
    this.#previous.disabled = this.#page === 0;
    this.#next.disabled = this.#page === pages - 1;
    set_text(this.#page_label, `${this.#page + 1} / ${pages}`);
  }
}
