// One line on top of the tiles about the connection, or the click that sound waits for.

import {element, set_text} from './element.js';

const texts = {
  joining: 'Joining…',
  reconnecting: 'The connection was lost. Reconnecting…',
  offline: 'This device is offline. The call comes back with the network.',
};

export class Banner {
  root;
  #text = element('span', {});
  #action;
  #sound_blocked = false;
  #connection = 'joining';

  constructor({on_unblock}) {
    this.#action = element(
      'button',
      {class: 'banner_action', type: 'button', on: {click: on_unblock}},
      'Click to hear the others',
    );
    this.root = element(
      'div',
      {class: 'banner', role: 'status', hidden: true},
      this.#text,
      this.#action,
    );
  }

  set_connection(connection) {
    this.#connection = connection;
    this.#render();
  }

  set_sound_blocked(blocked) {
    this.#sound_blocked = blocked;
    this.#render();
  }

  #render() {
    const text = texts[this.#connection] ?? '';
    set_text(this.#text, text);
    this.#text.hidden = text === '';
    this.#action.hidden = !this.#sound_blocked;
    this.root.hidden = text === '' && !this.#sound_blocked;
    this.root.dataset.connection = this.#connection;
  }
}
