// Three people meet; one mutes, one shares the screen, one leaves and comes back, a fourth comes
// late.

import {assert_accounted} from '../lib/accounting.mjs';
import {until} from '../lib/command.mjs';
import {window} from '../lib/person.mjs';
import {assert_good_call} from '../lib/quality.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const call_seconds = 60;
const settled_within_ms = 10000;

// What coming and going costs: packets on their way while an endpoint is not ready yet, or no
// longer there.
const explained = {
  egress_waiting: 5000,
  egress_not_ready: 5000,
  drop_track_muted: 5000,
  drop_unknown_ssrc: 500,
  drop_rtp_stranger: 500,
  drop_stun_stranger: 100,
  drop_dtls_stranger: 20,
};

await run_scenario('a meeting of three and then four', {}, async (scenario) => {
  const names = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Radia Perlman'];
  const people = [];
  for (const name of names) people.push(await scenario.person(name, {size: window}));
  const [ada, grace, alan, radia] = people;
  const first_three = [ada, grace, alan];

  // Every picture stands under the name of the person whom it shows.
  const assert_right_faces = async (present) => {
    for (const viewer of present) {
      for (const person of people) {
        if (viewer === person || !present.includes(person)) continue;
        await until(
          `${viewer.name} sees the face of ${person.name} under that name`,
          async () => (await viewer.whose_picture(person.name)) === person.index,
          {describe: () => viewer.colour_of_tile(person.name)},
        );
      }
    }
  };
  const everybody_sees_everybody = async (present, timeout_ms) => {
    for (const viewer of present) {
      await viewer.until_sees(
        present.filter((person) => person !== viewer),
        timeout_ms,
      );
    }
    await assert_right_faces(present);
  };

  step('three people join');
  const {host_url, guest_url} = await ada.make_meeting(scenario.sluice.home_url);
  await ada.join(host_url);
  await grace.join(guest_url);
  await alan.join(guest_url);
  const settled_by_ms = Date.now() + settled_within_ms;
  await everybody_sees_everybody(first_three);

  step(`full resolution within ${settled_within_ms / 1000} s`);
  for (const viewer of first_three) {
    await until(
      `${viewer.name} receives 640x360`,
      async () =>
        (await viewer.stats())
          .filter((row) => !row.own && row.source === 'camera')
          .every((row) => row.width === 640 && row.height === 360),
      {timeout_ms: settled_by_ms - Date.now(), describe: () => viewer.stats()},
    );
  }

  step(`a call of ${call_seconds} s`);
  await assert_good_call(first_three, call_seconds);

  step('one mutes');
  const microphone_of = async (viewer, name) =>
    (await viewer.participants()).find((participant) => participant.name === name).sources
      .microphone;
  await grace.press('Turn the microphone off');
  await until(
    'Ada is told that Grace is muted',
    async () => (await microphone_of(ada, grace.name)).muted,
  );
  await grace.press('Turn the microphone on');
  await until(
    'Ada is told that Grace speaks again',
    async () => !(await microphone_of(ada, grace.name)).muted,
  );
  const heard_before = (await ada.stat(grace.name, 'microphone')).energy;
  await until(
    'Ada hears Grace again',
    async () => (await ada.stat(grace.name, 'microphone')).energy > heard_before,
  );

  step('one shares the screen');
  await grace.press('Share the screen');
  for (const viewer of [ada, alan]) {
    await until(
      `${viewer.name} sees the screen of Grace`,
      async () => {
        const tiles = await viewer.tiles();
        const screen = await viewer.stat(grace.name, 'screen');
        return tiles[0].source === 'screen' && tiles[0].shows_video && screen?.frames > 0;
      },
      {timeout_ms: 15000, describe: async () => [await viewer.tiles(), await viewer.stats()]},
    );
  }
  await until('Ada hears what the screen plays', async () => {
    return (await ada.stat(grace.name, 'screen_audio'))?.energy > 0;
  });
  await grace.press('Stop sharing the screen');
  await until('the screen is gone', async () =>
    (await ada.tiles()).every((tile) => tile.source !== 'screen'),
  );

  step('one leaves and comes back');
  await alan.leave();
  await until('Alan is gone', async () => (await ada.participants()).length === 2);
  await alan.press('Join again');
  await alan.enter();
  await everybody_sees_everybody(first_three);

  step('a fourth comes late');
  await radia.join(guest_url);
  await everybody_sees_everybody(people);

  step('accounting');
  for (const person of people) await person.leave();
  assert_accounted(scenario.sluice, explained);
});
