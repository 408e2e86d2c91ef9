// Short lines that come and go: somebody joined, a device failed.

import {element} from './element.js';

const shown_ms = {quiet: 3000, info: 5000, warning: 8000};
const lines_max = 3;

export class Notices {
  root = element('div', {class: 'notices'});

  // `kind`: quiet | info | warning.
  show({text, kind}) {
    const line = element('div', {class: `notice is_${kind}`}, text);
    this.root.append(line);
    while (this.root.children.length > lines_max) this.root.firstChild.remove();
    setTimeout(() => line.remove(), shown_ms[kind]);
    document.getElementById('announcer').textContent = text;
  }
}
