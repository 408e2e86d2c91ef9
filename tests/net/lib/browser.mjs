// A headless Chromium in a namespace, with a painted person before its camera.

import {createRequire} from 'node:module';
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {write_camera_file} from './camera.mjs';

const require = createRequire(join(process.env.SLUICE_NODE_MODULES, 'x.js'));
const {chromium} = require('playwright-core');

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

// `directory` takes the wrapper and the camera's file; `index` says which painted person it shows,
// `camera` how (options of write_camera_file); `trusts` is an origin that counts as secure.
export async function launch_browser({namespace, directory, index, camera: shape, trusts}) {
  mkdirSync(directory, {recursive: true});
  const wrapper = join(directory, 'chromium');
  writeFileSync(wrapper, `#!/bin/sh\nexec ip netns exec ${namespace} /usr/bin/chromium "$@"\n`);
  chmodSync(wrapper, 0o755);
  const camera = join(directory, 'camera.y4m');
  write_camera_file(camera, index, shape);
  const args = [...flags, `--use-file-for-fake-video-capture=${camera}`];
  if (trusts) args.push(`--unsafely-treat-insecure-origin-as-secure=${trusts}`);
  return chromium.launch({
    executablePath: wrapper,
    args,
    timeout: 60000,
  });
}
