// One person publishes VP8, VP9, H264 and AV1 in turn; another decodes each. When somebody comes
// who cannot, the sender changes to what everybody can.

import assert from 'node:assert/strict';

import {until} from '../lib/command.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const codecs = ['VP8', 'VP9', 'H264', 'AV1'];

await run_scenario('every codec', {}, async (scenario) => {
  const viewer = await scenario.person('Viewer');
  const sender = await scenario.person('Sender');
  const {guest_url} = await viewer.make_meeting(scenario.sluice.home_url);
  await viewer.join(guest_url);
  for (const codec of codecs) {
    const name = `Sender of ${codec}`;
    sender.name = name;
    const url = new URL(guest_url);
    url.searchParams.set('codec', codec);
    await sender.join(url.href);
    await viewer.until_sees([sender], 20000);
    step(`${codec} is seen`);
    assert.equal((await sender.stat(name, 'camera')).codec, codec);
    const received = await viewer.stat(name, 'camera');
    assert.equal(received.codec, codec);
    await until(
      `${codec} goes on`,
      async () => (await viewer.stat(name, 'camera')).frames > received.frames + 30,
    );
    assert.equal(await viewer.whose_picture(name), sender.index);
    if (codec === codecs.at(-1)) break;
    await sender.leave();
    await until(`${name} is gone`, async () => (await viewer.participants()).length === 1);
  }

  step('somebody comes who cannot decode AV1');
  const newcomer = await scenario.person('Newcomer', {cannot_decode: ['AV1']});
  await newcomer.join(guest_url);
  await newcomer.until_sees([viewer, sender], 20000);
  for (const person of [newcomer, viewer]) {
    await until(
      `${person.name} receives VP8`,
      async () => (await person.stat(sender.name, 'camera'))?.codec === 'VP8',
      {describe: () => person.stats()},
    );
    assert.equal(await person.whose_picture(sender.name), sender.index);
  }
});
