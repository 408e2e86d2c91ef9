// Three lists: camera, microphone, speaker. Used in the lobby and in the call.

import {list_devices, on_device_change} from './devices.js';
import {element} from './element.js';
import {icon} from './icons.js';
import {load_preference, save_preference} from './preferences.js';

const sources = {camera: 'camera', microphone: 'microphone', speaker: 'sound'};

export class DevicePicker {
  root = element('div', {class: 'device_picker'});
  #local;
  #on_speaker;
  #stop_listening;
  #selects = {};

  constructor({local, on_speaker}) {
    this.#local = local;
    this.#on_speaker = on_speaker;
    for (const [source, icon_name] of Object.entries(sources)) {
      const select = element('select', {
        'aria-label': source,
        on: {change: () => this.#choose(source, select.value)},
      });
      this.#selects[source] = select;
      this.root.append(element('label', {class: 'device_row'}, icon(icon_name), select));
    }
    this.#stop_listening = on_device_change(() => this.refresh());
  }

  async refresh() {
    const devices = await list_devices();
    for (const source of Object.keys(sources)) {
      const select = this.#selects[source];
      const chosen =
        source === 'speaker' ? load_preference('speaker') : this.#local.chosen_device(source);
      const options = devices[source].map(({id, label}) =>
        element('option', {value: id, selected: id === chosen}, label),
      );
      if (options.length === 0) options.push(element('option', {value: ''}, `Default ${source}`));
      select.replaceChildren(...options);
      select.disabled = devices[source].length === 0;
    }
    this.#selects.speaker.parentElement.hidden = !('setSinkId' in HTMLMediaElement.prototype);
  }

  close() {
    this.#stop_listening();
  }

  #choose(source, device_id) {
    if (source === 'speaker') {
      save_preference('speaker', device_id);
      this.#on_speaker();
    } else {
      this.#local.use_device(source, device_id);
    }
  }
}
