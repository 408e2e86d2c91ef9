// One headless Chromium in the people's namespace; each person gets a context of its own.

import {createRequire} from 'node:module';
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

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
  '--autoplay-policy=no-user-gesture-required',
];

// `directory` takes the wrapper and the profile. `more_flags` adds to the flags.
export async function launch_browser(namespace, directory, more_flags = []) {
  mkdirSync(directory, {recursive: true});
  const wrapper = join(directory, 'chromium');
  writeFileSync(wrapper, `#!/bin/sh\nexec ip netns exec ${namespace} /usr/bin/chromium "$@"\n`);
  chmodSync(wrapper, 0o755);
  return chromium.launch({executablePath: wrapper, args: [...flags, ...more_flags]});
}
