// The bar below the tiles: what one sends, what one sees, and the way out.

import {Button} from './button.js';
import {can_share_screen} from './devices.js';
import {element} from './element.js';

export class Toolbar {
  root;
  #buttons = {};
  #more = element('div', {class: 'toolbar_more', id: 'toolbar_more'});

  // `actions`: {microphone, camera, screen, people, chat, stats, link, settings, leave}, all () =>
  // void.
  constructor(actions) {
    const add = (name, label, key = '', class_name = '') => {
      const button = new Button({name, label, key, class_name, on_click: actions[name]});
      this.#buttons[name] = button;
      return button.root;
    };
    const more = new Button({
      name: 'more',
      label: 'More',
      class_name: 'only_phone',
      on_click: () => this.#toggle_more(),
    });
    this.#buttons.more = more;
    this.#more.append(
      add('people', 'Participants', 'P'),
      add('stats', 'Statistics', 'I'),
      add('link', 'Copy the link', 'L'),
      add('settings', 'Devices'),
    );
    this.root = element(
      'footer',
      {class: 'toolbar', role: 'toolbar', 'aria-label': 'Meeting controls'},
      element(
        'div',
        {class: 'toolbar_group'},
        add('microphone', 'Microphone', 'M', 'large'),
        add('camera', 'Camera', 'V', 'large'),
        can_share_screen() ? add('screen', 'Share the screen', 'S', 'large') : null,
        add('chat', 'Chat', 'C', 'large'),
        more.root,
        add('leave', 'Leave', '', 'large danger'),
      ),
      this.#more,
    );
    this.root.addEventListener('click', (event) => {
      if (event.target.closest('.toolbar_more')) this.#set_more(false);
    });
  }

  // `may_publish`: false hides what an attendee cannot use.
  render({local, may_publish, panel, shows_stats, unread, people}) {
    for (const name of ['microphone', 'camera', 'screen']) {
      if (this.#buttons[name]) this.#buttons[name].root.hidden = !may_publish;
    }
    const microphone = local.is_on('microphone');
    this.#buttons.microphone.render({
      icon_name: microphone ? 'microphone' : 'microphone_off',
      off: !microphone,
      label: microphone ? 'Turn the microphone off' : 'Turn the microphone on',
      pressed: microphone,
    });
    const camera = local.is_on('camera');
    this.#buttons.camera.render({
      icon_name: camera ? 'camera' : 'camera_off',
      off: !camera,
      label: camera ? 'Turn the camera off' : 'Turn the camera on',
      pressed: camera,
    });
    const screen = local.is_on('screen');
    this.#buttons.screen?.render({
      label: screen ? 'Stop sharing the screen' : 'Share the screen',
      pressed: screen,
    });
    this.#buttons.chat.render({label: 'Chat', pressed: panel === 'chat', badge: unread});
    this.#buttons.people.render({
      label: `Participants (${people})`,
      pressed: panel === 'people',
      badge: people,
    });
    this.#buttons.stats.render({label: 'Statistics', pressed: shows_stats});
  }

  #toggle_more() {
    this.#set_more(!this.#more.classList.contains('is_open'));
  }

  #set_more(open) {
    this.#more.classList.toggle('is_open', open);
    this.#buttons.more.root.setAttribute('aria-expanded', String(open));
  }
}
