// A round button with an icon, a spoken label and a tooltip.

import {element, set_attribute} from './element.js';
import {icon} from './icons.js';

export class Button {
  root;
  #icon_name = '';
  #holder = element('span', {class: 'button_icon'});
  #badge = element('span', {class: 'button_badge', hidden: true});

  // `key` is the keyboard shortcut, for the tooltip.
  constructor({name, label, key = '', class_name = '', on_click}) {
    this.root = element(
      'button',
      {
        class: `button ${class_name}`,
        type: 'button',
        'data-name': name,
        on: {click: on_click},
      },
      this.#holder,
      this.#badge,
    );
    this.key = key;
    this.render({icon_name: name, label});
  }

  // `pressed` null: not a switch.
  render({icon_name = this.#icon_name, label, pressed = null, off = false, badge = 0}) {
    if (icon_name !== this.#icon_name) {
      this.#icon_name = icon_name;
      this.#holder.replaceChildren(icon(icon_name));
    }
    set_attribute(this.root, 'aria-label', label);
    set_attribute(this.root, 'title', this.key ? `${label} (${this.key})` : label);
    set_attribute(this.root, 'aria-pressed', pressed);
    set_attribute(this.root, 'aria-keyshortcuts', this.key || null);
    this.root.classList.toggle('is_off', off);
    this.#badge.hidden = badge === 0;
    this.#badge.textContent = badge > 99 ? '99+' : String(badge);
  }
}
