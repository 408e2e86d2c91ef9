// The panel of participants, with the host's switches.

import {avatar} from './avatar.js';
import {element} from './element.js';
import {icon} from './icons.js';
import {SidePanel} from './side_panel.js';

export class People {
  panel;
  #session;
  #list = element('ul', {class: 'people_list'});
  #shown = '';

  constructor({session, on_close, on_copy_link}) {
    this.#session = session;
    const invite = element(
      'button',
      {class: 'wide_button', type: 'button', on: {click: on_copy_link}},
      icon('link'),
      'Copy the link',
    );
    this.panel = new SidePanel(
      {title: 'Participants', name: 'people', on_close},
      invite,
      this.#list,
    );
  }

  set_open(open) {
    this.panel.set_open(open);
    this.render();
  }

  render() {
    if (this.panel.root.hidden) return;
    const {roster, role, local} = this.#session;
    const rows = [roster.self, ...roster.others].filter(Boolean).map((participant) => {
      const is_self = participant.id === roster.self_id;
      return {
        id: participant.id,
        name: participant.name,
        is_self,
        detail: [
          participant.role === 'host' ? 'host' : '',
          is_self ? 'you' : '',
          participant.state === 'reconnecting' ? 'reconnecting' : '',
        ]
          .filter(Boolean)
          .join(', '),
        microphone: is_self
          ? local.is_on('microphone')
          : participant.tracks.get('microphone')?.muted === false,
        camera: is_self ? local.is_on('camera') : participant.tracks.get('camera')?.muted === false,
      };
    });
    // Rebuilt only on a change, so that the focus stays where it is.
    const shown = JSON.stringify([role, rows]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#list.replaceChildren(
      ...rows.map((row) => this.#row(row, role === 'host' && !row.is_self)),
    );
  }

  #row({id, name, detail, microphone, camera}, may_manage) {
    const remove = element(
      'button',
      {
        class: 'people_action danger',
        type: 'button',
        'aria-label': `Remove ${name}`,
        title: 'Remove from the meeting',
        on: {click: () => this.#session.host_remove(id)},
      },
      icon('remove'),
    );
    return element(
      'li',
      {class: 'people_row', 'data-participant': id},
      avatar(name),
      element('div', {class: 'people_name'}, element('b', {}, name), element('small', {}, detail)),
      may_manage && microphone
        ? this.#mute_button(id, name)
        : device_state('microphone', microphone),
      device_state('camera', camera),
      may_manage ? remove : null,
    );
  }

  // Where others see that the microphone is on, the host can turn it off.
  #mute_button(id, name) {
    return element(
      'button',
      {
        class: 'people_action',
        type: 'button',
        'aria-label': `Turn the microphone of ${name} off`,
        title: 'Turn the microphone off',
        on: {click: () => this.#session.host_mute(id, 'microphone')},
      },
      icon('microphone'),
    );
  }
}

function device_state(source, on) {
  return element(
    'span',
    {
      class: `people_state ${on ? '' : 'is_off'}`,
      role: 'img',
      'aria-label': `${source} ${on ? 'on' : 'off'}`,
    },
    icon(on ? source : `${source}_off`),
  );
}
