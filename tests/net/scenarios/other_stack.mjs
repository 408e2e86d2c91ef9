// A client that is no browser beside one that is: aiortc publishes over WHIP what Chromium shows
// and plays, and plays over WHEP what Chromium publishes.

import assert from 'node:assert/strict';

import {assert_accounted} from '../lib/accounting.mjs';
import {owner_of_wall, walls} from '../lib/camera.mjs';
import {until} from '../lib/command.mjs';
import {OtherStack} from '../lib/other_stack.mjs';
import {window} from '../lib/person.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

// Whose wall a client that plays decodes, and that it hears something.
const plays = (wall) => (last) =>
  last.frames > 10 &&
  last.audio_frames > 50 &&
  last.peak > 1000 &&
  last.wall !== null &&
  owner_of_wall(last.wall) === wall;

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
    await publisher.until('its candidates are taken', ({trickled}) => trickled === 204);
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

    step('it asks for an ICE restart, and sends over the old pair meanwhile');
    const {etag} = publisher.last;
    publisher.restart_ice();
    await publisher.until('it has other credentials', ({restarted}) => restarted === 200);
    assert.notEqual(publisher.last.etag, etag);
    assert.match(publisher.last.fragment, /^a=ice-ufrag:\S+\r$/m);
    const shown = (await ada.stat(studio.name, 'camera')).frames;
    await until('its picture moves', async () => {
      return (await ada.stat(studio.name, 'camera')).frames > shown + 20;
    });

    step('aiortc plays over WHEP who published first');
    const player = new OtherStack(people, 'play', `${endpoint('whep')}?name=Screen`, token);
    clients.push(player);
    await player.until('it sees and hears Ada', plays(ada.index));

    step('the control plane is killed and started again');
    await scenario.sluice.kill_control();
    scenario.sluice.start_control();
    await until('Ada is back', () => ada.is_connected());
    const before = player.last;
    await player.until(
      'it goes on',
      ({frames, audio_frames}) =>
        frames > before.frames + 20 && audio_frames > before.audio_frames + 50,
    );

    step('it deletes its session when it has published enough');
    assert.equal(await publisher.finish(), 200);
    await until('it is gone from the meeting', async () => {
      return (await ada.participants()).every(({name}) => name !== studio.name);
    });

    step('a player is switched when the one it watches leaves');
    const second = new OtherStack(
      people,
      'publish',
      `${endpoint('whip')}?name=${studio.name}`,
      token,
      walls[studio.wall],
    );
    clients.push(second);
    await ada.until_sees([studio]);
    await ada.leave();
    await player.until('it sees the studio', plays(studio.wall));
    const {frames, audio_frames} = player.last;
    await player.until(
      'it goes on',
      (last) => last.frames > frames + 20 && last.audio_frames > audio_frames + 50,
    );
    assert.equal(await player.finish(), 200);
    assert.equal(await second.finish(), 200);
  } finally {
    for (const client of clients) await client.end();
  }
  assert_accounted(scenario.sluice, explained);
});
