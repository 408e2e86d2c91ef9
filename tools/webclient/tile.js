// One tile: a picture or an avatar, a name, and what there is to say about the media.

import {avatar} from './avatar.js';
import {element, set_attribute, set_text} from './element.js';
import {icon} from './icons.js';

export class Tile {
  root;
  stats = element('div', {class: 'tile_stats', hidden: true});
  #video = element('video', {class: 'tile_video', autoplay: true, playsinline: true});
  #face = element('div', {class: 'tile_face'});
  #notice = element('div', {class: 'tile_notice', hidden: true});
  #name = element('span', {class: 'tile_name_text'});
  #muted = element('span', {class: 'tile_muted'}, icon('microphone_off'));
  #pin;
  #avatar_name = null;

  constructor({on_pin}) {
    this.#video.muted = true;
    this.#pin = element(
      'button',
      {
        class: 'tile_pin',
        type: 'button',
        on: {click: on_pin},
      },
      icon('pin'),
    );
    this.root = element(
      'article',
      {class: 'tile', on: {dblclick: on_pin}},
      this.#face,
      this.#video,
      this.#notice,
      element('div', {class: 'tile_name'}, this.#muted, this.#name),
      this.stats,
      this.#pin,
    );
  }

  // `model`: {name, label, source, is_self, track, shows_video, notice, muted, speaking, away,
  // pinned}
  render(model) {
    if (this.#avatar_name !== model.name) {
      this.#avatar_name = model.name;
      this.#face.replaceChildren(avatar(model.name));
    }
    this.#show_track(model.track);
    set_text(this.#name, model.label);
    this.#muted.hidden = !model.muted;
    set_text(this.#notice, model.notice);
    this.#notice.hidden = model.notice === '';
    const {classList} = this.root;
    classList.toggle('has_video', model.shows_video);
    classList.toggle('is_speaking', model.speaking && !model.muted);
    classList.toggle('is_mirrored', model.is_self && model.source === 'camera');
    classList.toggle('is_screen', model.source === 'screen');
    classList.toggle('is_away', model.away);
    const states = [model.label, model.muted ? 'microphone off' : '', model.notice];
    set_attribute(this.root, 'aria-label', states.filter(Boolean).join(', '));
    set_attribute(this.#pin, 'aria-pressed', model.pinned);
    const action = model.pinned ? 'Back to the grid' : `Show ${model.label} large`;
    set_attribute(this.#pin, 'aria-label', action);
    set_attribute(this.#pin, 'title', action);
  }

  place({x, y, width, height}) {
    const {style} = this.root;
    style.width = `${width}px`;
    style.height = `${height}px`;
    style.transform = `translate(${x}px, ${y}px)`;
    this.root.classList.toggle('is_small', width < 280);
  }

  get video() {
    return this.#video;
  }

  close() {
    this.#video.srcObject = null;
    this.root.remove();
  }

  #show_track(track) {
    const shown = this.#video.srcObject?.getTracks()[0] ?? null;
    if (shown === track) return;
    this.#video.srcObject = track ? new MediaStream([track]) : null;
    // A muted video may always play; a rejection only says that the track was changed again
    // meanwhile.
    if (track) this.#video.play().catch(() => {});
  }
}
