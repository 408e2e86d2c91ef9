// People are moved between two meetings and back, and one who was listening becomes a presenter:
// over the same peer connections, with nothing negotiated.

import assert from 'node:assert/strict';

import {until} from '../lib/command.mjs';
import {small_window} from '../lib/person.mjs';
import {small_camera} from '../lib/camera.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';
import {api_key} from '../lib/sluice.mjs';

const picture_within_ms = 5000; // with the key frame that has to be asked for
const delay_to_screen_max_ms = 300;

await run_scenario('people are moved between meetings', {nice: -5}, async (scenario) => {
  const {origin} = scenario.sluice;
  const people = [];
  for (const name of ['Ada Lovelace', 'Grace Hopper', 'Alan Turing']) {
    people.push(await scenario.person(name, {size: small_window, camera: small_camera}));
  }
  const [ada, grace, alan] = people;

  await ada.page.goto(origin);
  const make_meeting = async () => (await ada.ask('POST', '/v1/meetings', api_key, {})).body;
  const main = await make_meeting();
  const breakout = await make_meeting();
  const ids = new Map();
  const move = async (person, from, wish) => {
    const path = `/v1/meetings/${from.meeting_id}/participants/${ids.get(person)}/move`;
    const {status, body} = await ada.ask('POST', path, api_key, wish);
    assert.equal(status, 200, JSON.stringify(body));
  };
  const sees_nobody = (viewer) =>
    until(`${viewer.name} is alone`, async () => (await viewer.participants()).length === 1);

  // The face under the name is the right one, and what arrives is drawn at once.
  const see_each_other = async (viewers) => {
    for (const viewer of viewers) {
      const others = viewers.filter((person) => person !== viewer);
      await viewer.until_sees(others, picture_within_ms);
      for (const {name, index} of others) {
        const what = `${viewer.name} sees the face of ${name}`;
        await until(what, async () => (await viewer.whose_picture(name)) === index);
        const delay_ms = await viewer.delay_to_screen_ms(name);
        console.log(`${what}, ${delay_ms.toFixed(0)} ms after its frame came`);
        assert.ok(delay_ms <= delay_to_screen_max_ms, `${what}: ${delay_ms} ms after its frame`);
      }
    }
  };

  step('two meet here, one is there');
  await ada.join(main.host_url);
  await grace.join(main.join_url);
  await alan.join(breakout.join_url);
  for (const person of people) {
    const everybody = await person.participants();
    ids.set(person, everybody.find(({name}) => name === person.name).id);
  }
  await see_each_other([ada, grace]);
  await sees_nobody(alan);
  for (const person of people) await person.mark_peers();
  const negotiated = new Map();
  for (const person of people) negotiated.set(person, await person.negotiations());
  const nothing_was_negotiated = async () => {
    for (const person of people) {
      assert.ok(await person.is_on_marked_peers(), `${person.name} has other peer connections`);
      assert.deepEqual(await person.negotiations(), negotiated.get(person), person.name);
    }
  };

  for (let round = 1; round <= 2; ++round) {
    step(`one is moved, round ${round}`);
    await move(grace, main, {meeting_id: breakout.meeting_id});
    await see_each_other([grace, alan]);
    await sees_nobody(ada);
    step('and back');
    await move(grace, breakout, {meeting_id: main.meeting_id});
    await see_each_other([ada, grace]);
    await sees_nobody(alan);
    await nothing_was_negotiated();
  }

  step('whose connection breaks is where it was moved to');
  await move(grace, main, {meeting_id: breakout.meeting_id});
  await see_each_other([grace, alan]);
  await scenario.sluice.kill_control();
  scenario.sluice.start_control();
  for (const person of people) await until(`${person.name} is back`, () => person.is_connected());
  await see_each_other([grace, alan]);
  await sees_nobody(ada);
  await nothing_was_negotiated();
  for (const person of people) person.forget_complaints(); // of the server that was away

  step('a presenter listens, and speaks again');
  const receives_as_before = () =>
    grace.page.evaluate(() => {
      const {sluice, marked_peers} = globalThis;
      return sluice.peers().receive === marked_peers.receive;
    });
  await move(grace, breakout, {role: 'attendee'});
  await until('nothing is seen of her', async () => {
    const {sources} = (await alan.participants()).find(({name}) => name === grace.name);
    return Object.keys(sources).length === 0;
  });
  await grace.until_sees([alan]);
  await move(grace, breakout, {role: 'presenter'});
  await grace.press('Turn the microphone on');
  await grace.press('Turn the camera on');
  await see_each_other([grace, alan]);
  assert.ok(await receives_as_before(), 'what she receives on is another peer connection');
});
