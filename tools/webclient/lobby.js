// Before the meeting: a name, a look at oneself, and the devices.

import {Button} from './button.js';
import {avatar} from './avatar.js';
import {DevicePicker} from './device_picker.js';
import {element, set_text} from './element.js';
import {LevelMeter} from './level_meter.js';
import {load_preference, save_preference} from './preferences.js';

const name_length_max = 80;

export class Lobby {
  root;
  #local;
  #on_join;
  #name;
  #join_button = element('button', {class: 'primary_button', type: 'submit'}, 'Join');
  #message = element('p', {class: 'form_message', role: 'alert'});
  #video = element('video', {class: 'preview_video', autoplay: true, playsinline: true});
  #face = element('div', {class: 'preview_face'});
  #meter = new LevelMeter();
  #microphone;
  #camera;
  #picker;
  #stop_listening;

  // `on_join`: async (name) => void; what it throws is shown.
  constructor({local, on_join}) {
    this.#local = local;
    this.#on_join = on_join;
    this.#video.muted = true;
    const toggle = (source) => () => local.set_on(source, !local.is_on(source));
    this.#microphone = new Button({
      name: 'microphone',
      label: 'Microphone',
      on_click: toggle('microphone'),
    });
    this.#camera = new Button({name: 'camera', label: 'Camera', on_click: toggle('camera')});
    this.#picker = new DevicePicker({local, on_speaker: () => {}});
    this.#name = element('input', {
      class: 'text_input',
      type: 'text',
      name: 'name',
      placeholder: 'Your name',
      'aria-label': 'Your name',
      maxlength: name_length_max,
      autocomplete: 'name',
      required: true,
      value: load_preference('name'),
      on: {input: () => this.#render()},
    });
    this.root = element(
      'main',
      {class: 'doorway'},
      element(
        'div',
        {class: 'doorway_card lobby_card'},
        element(
          'div',
          {class: 'preview'},
          this.#face,
          this.#video,
          element('div', {class: 'preview_controls'}, this.#microphone.root, this.#camera.root),
          this.#meter.root,
        ),
        element(
          'form',
          {class: 'lobby_form', on: {submit: (event) => this.#on_submit(event)}},
          element('h1', {}, 'Ready to join?'),
          this.#name,
          this.#picker.root,
          this.#message,
          this.#join_button,
        ),
      ),
    );
    const stop_changed = local.on('changed', () => this.#render());
    const stop_failed = local.on('failed', ({message}) => set_text(this.#message, message));
    this.#stop_listening = [stop_changed, stop_failed];
  }

  async start() {
    this.#render();
    (this.#name.value ? this.#join_button : this.#name).focus();
    // One after the other: a missing camera must not keep the microphone out.
    await this.#local.set_on('microphone', true);
    await this.#local.set_on('camera', true);
    await this.#picker.refresh();
  }

  close() {
    for (const stop of this.#stop_listening) stop();
    this.#picker.close();
    this.#meter.close();
    this.#video.srcObject = null;
    this.root.remove();
  }

  #render() {
    const camera = this.#local.is_on('camera');
    const microphone = this.#local.is_on('microphone');
    this.#microphone.render({
      icon_name: microphone ? 'microphone' : 'microphone_off',
      off: !microphone,
      pressed: microphone,
      label: microphone ? 'Turn the microphone off' : 'Turn the microphone on',
    });
    this.#camera.render({
      icon_name: camera ? 'camera' : 'camera_off',
      off: !camera,
      pressed: camera,
      label: camera ? 'Turn the camera off' : 'Turn the camera on',
    });
    this.#face.replaceChildren(avatar(this.#name.value || '?'));
    this.#face.hidden = camera;
    this.#video.hidden = !camera;
    this.#show(camera ? this.#local.track('camera') : null);
    this.#watch(microphone ? this.#local.track('microphone') : null);
  }

  #shown = null;
  #watched = null;

  #show(track) {
    if (track === this.#shown) return;
    this.#shown = track;
    this.#video.srcObject = track ? new MediaStream([track]) : null;
    if (track) this.#picker.refresh();
  }

  #watch(track) {
    if (track === this.#watched) return;
    this.#watched = track;
    this.#meter.watch(track);
    if (track) this.#picker.refresh();
  }

  async #on_submit(event) {
    event.preventDefault();
    const name = this.#name.value.trim();
    if (name === '') return;
    save_preference('name', name);
    this.#join_button.disabled = true;
    set_text(this.#message, '');
    try {
      await this.#on_join(name);
    } catch (error) {
      set_text(this.#message, error.message);
      this.#join_button.disabled = false;
    }
  }
}
