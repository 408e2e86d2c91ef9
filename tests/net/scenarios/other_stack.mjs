// A client that is no browser beside one that is: aiortc publishes over WHIP what Chromium shows
// and plays.

import assert from 'node:assert/strict';

import {assert_accounted} from '../lib/accounting.mjs';
import {walls} from '../lib/camera.mjs';
import {until} from '../lib/command.mjs';
import {OtherStack, why_not} from '../lib/other_stack.mjs';
import {window} from '../lib/person.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const reason = why_not();
if (reason) {
  console.log(`SKIP: ${reason}`);
  process.exit(77);
}

const studio = {name: 'Studio', wall: 3};
const explained = {
  egress_waiting: 3000,
  egress_not_ready: 3000,
  drop_not_keyed: 50,
  drop_dtls_stranger: 20,
  drop_rtp_stranger: 100,
};

await run_scenario('a client that is no browser', {}, async (scenario) => {
  const {people} = scenario.network;
  const ada = await scenario.person('Ada', {size: window});
  const {guest_url} = await ada.make_meeting(scenario.sluice.home_url);
  await ada.join(guest_url);
  const link = new URL(guest_url);
  const meeting = link.pathname.split('/').at(-1);
  const token = new URLSearchParams(link.hash.slice(1)).get('t');
  const endpoint = (kind) => `${scenario.sluice.origin}/v1/meetings/${meeting}/${kind}`;

  const clients = [];
  try {
    step('aiortc publishes over WHIP');
    const publisher = new OtherStack(
      people,
      'publish',
      `${endpoint('whip')}?name=${studio.name}`,
      token,
      walls[studio.wall],
    );
    clients.push(publisher);
    await publisher.until('the session is made', ({session}) => session);
    await publisher.until('media is up', ({connection}) => connection === 'connected');
    await ada.until_sees([studio]);
    await until('its picture is drawn', async () => {
      return (await ada.whose_picture(studio.name)) === studio.wall;
    });
    await until('its tone is heard', async () => {
      return (await ada.stat(studio.name, 'microphone'))?.energy > 0.01;
    });
    const {codec} = await ada.stat(studio.name, 'camera');
    assert.equal(codec, 'VP8');

    step('it deletes its session');
    assert.equal(await publisher.finish(), 200);
    await until('it is gone from the meeting', async () => {
      return (await ada.participants()).every(({name}) => name !== studio.name);
    });
  } finally {
    for (const client of clients) await client.end();
  }
  assert_accounted(scenario.sluice, explained);
});
