// More cameras of one person: a document camera, another view of the room. Each is a tile of its
// own.

import {list_devices} from './devices.js';
import {element} from './element.js';
import {icon} from './icons.js';
import {extra_cameras, name_of} from './sources.js';

export class ExtraCameras {
  root = element('div', {class: 'device_picker'});
  #local;
  #may_publish;
  #selects = {};

  constructor({local, may_publish}) {
    this.#local = local;
    this.#may_publish = may_publish;
    for (const source of extra_cameras) {
      const select = element('select', {
        'aria-label': name_of(source),
        on: {change: () => this.#choose(source, select.value)},
      });
      this.#selects[source] = select;
      this.root.append(element('label', {class: 'device_row'}, icon('camera'), select));
    }
  }

  // What is shown afterwards is what is so: the person may have said no, or only listen by now.
  async #choose(source, device_id) {
    if (this.#may_publish()) await this.#local.use_extra_camera(source, device_id);
    await this.refresh();
  }

  async refresh() {
    this.root.hidden = !this.#may_publish();
    const {camera: cameras} = await list_devices();
    for (const source of extra_cameras) {
      const chosen = this.#local.is_on(source) ? this.#local.chosen_device(source) : '';
      const none = element('option', {value: '', selected: chosen === ''}, `No ${name_of(source)}`);
      const options = cameras.map(({id, label}) =>
        element('option', {value: id, selected: id === chosen}, label),
      );
      this.#selects[source].replaceChildren(none, ...options);
    }
  }
}
