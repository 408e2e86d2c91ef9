// Cameras, microphones and speakers: what there is and how to open one.

import {load_preference} from './preferences.js';
import {extra_cameras, name_of} from './sources.js';

const kinds = {camera: 'videoinput', microphone: 'audioinput', speaker: 'audiooutput'};

// {camera: [{id, label}], microphone: [...], speaker: [...]}; labels are empty without permission.
export async function list_devices() {
  const devices = {camera: [], microphone: [], speaker: []};
  const found = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  for (const [name, kind] of Object.entries(kinds)) {
    devices[name] = found
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map((device, index) => ({
        id: device.deviceId,
        label: device.label || `${name} ${index + 1}`,
      }));
  }
  return devices;
}

export function on_device_change(listener) {
  navigator.mediaDevices?.addEventListener('devicechange', listener);
  return () => navigator.mediaDevices?.removeEventListener('devicechange', listener);
}

function constraints_of(source, device_id) {
  // Another camera than the one that was picked may show what nobody meant to show.
  const strictness = extra_cameras.includes(source) ? 'exact' : 'ideal';
  const device = device_id ? {deviceId: {[strictness]: device_id}} : {};
  if (source === 'microphone') {
    return {
      audio: {...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true},
    };
  }
  return {
    video: {...device, width: {ideal: 1280}, height: {ideal: 720}, frameRate: {ideal: 30}},
  };
}

// Opens a camera or a microphone: the chosen one, else any (never of an extra camera); its one
// track. Throws what getUserMedia throws.
export async function open_device(source) {
  if (!navigator.mediaDevices) {
    throw new DOMException(
      'Browsers open devices only over HTTPS or on localhost.',
      'SecurityError',
    );
  }
  const constraints = constraints_of(source, load_preference(source));
  const stream = await navigator.mediaDevices.getUserMedia(constraints).catch((error) => {
    if (error.name !== 'OverconstrainedError' || extra_cameras.includes(source)) throw error;
    const any = source === 'microphone' ? {audio: true} : {video: true};
    return navigator.mediaDevices.getUserMedia(any);
  });
  return stream.getTracks();
}

export function can_share_screen() {
  return Boolean(navigator.mediaDevices?.getDisplayMedia);
}

// Its video track, and its audio track when the browser and the person give one.
export async function open_screen() {
  const stream = await navigator.mediaDevices.getDisplayMedia({
    video: {frameRate: {ideal: 15, max: 30}},
    audio: true,
  });
  const video = stream.getVideoTracks()[0];
  video.contentHint = 'detail'; // text stays sharp; motion may stutter
  return [video, ...stream.getAudioTracks()];
}

// One line for a person.
export function describe_device_error(failed, error) {
  const source = name_of(failed);
  switch (error.name) {
    case 'NotAllowedError':
      return `The ${source} is blocked: allow it in the address bar of the browser.`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `No ${source} was found.`;
    case 'NotReadableError':
      return `The ${source} is used by another program.`;
    default:
      return `The ${source} cannot be opened: ${error.message}`;
  }
}
