// Picking devices in the call.

import {DevicePicker} from './device_picker.js';
import {element} from './element.js';
import {ExtraCameras} from './extra_cameras.js';

export class SettingsDialog {
  root;
  #picker;
  #extra_cameras;

  // `may_publish()`: whether more cameras make sense.
  constructor({local, on_speaker, may_publish}) {
    this.#picker = new DevicePicker({local, on_speaker});
    this.#extra_cameras = new ExtraCameras({local, may_publish});
    this.root = element(
      'dialog',
      {class: 'dialog', 'aria-label': 'Devices'},
      element(
        'form',
        {method: 'dialog'},
        element('h2', {}, 'Devices'),
        this.#picker.root,
        this.#extra_cameras.root,
        element('button', {class: 'primary_button', type: 'submit'}, 'Done'),
      ),
    );
  }

  async open() {
    await Promise.all([this.#picker.refresh(), this.#extra_cameras.refresh()]);
    this.root.showModal();
  }

  close() {
    this.#picker.close();
  }
}
