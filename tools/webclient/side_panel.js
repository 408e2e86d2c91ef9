// A panel beside the tiles (over them on a phone) with a title and a way to close it.

import {element} from './element.js';
import {icon} from './icons.js';

export class SidePanel {
  root;

  constructor({title, name, on_close}, ...content) {
    this.root = element(
      'aside',
      {class: 'panel', 'data-name': name, 'aria-label': title, hidden: true},
      element(
        'header',
        {class: 'panel_header'},
        element('h2', {}, title),
        element(
          'button',
          {
            class: 'panel_close',
            type: 'button',
            'aria-label': `Close: ${title}`,
            on: {click: on_close},
          },
          icon('close'),
        ),
      ),
      ...content,
    );
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') on_close();
    });
  }

  set_open(open) {
    this.root.hidden = !open;
  }
}
