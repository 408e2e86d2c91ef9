// Picking devices in the call.

import {DevicePicker} from './device_picker.js';
import {element} from './element.js';

export class SettingsDialog {
  root;
  #picker;

  constructor({local, on_speaker}) {
    this.#picker = new DevicePicker({local, on_speaker});
    this.root = element(
      'dialog',
      {class: 'dialog', 'aria-label': 'Devices'},
      element(
        'form',
        {method: 'dialog'},
        element('h2', {}, 'Devices'),
        this.#picker.root,
        element('button', {class: 'primary_button', type: 'submit'}, 'Done'),
      ),
    );
  }

  async open() {
    await this.#picker.refresh();
    this.root.showModal();
  }

  close() {
    this.#picker.close();
  }
}
