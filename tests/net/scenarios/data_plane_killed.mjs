// The data plane is killed in a call and started again at once: pictures and voices come back by
// themselves, on the same peer connections, and no SRTP index is used twice.

import assert from 'node:assert/strict';

import {small_camera} from '../lib/camera.mjs';
import {sleep_ms, until} from '../lib/command.mjs';
import {FreezeWatch} from '../lib/freeze_watch.mjs';
import {IndexLedger} from '../lib/index_ledger.mjs';
import {small_window} from '../lib/person.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const kills = 3;
const settling_s = 8; // a call's first seconds
const between_s = 6;
const gap_ms_max = 2000;
const patience_ms = 900; // after a second without a byte a client restarts ICE

await run_scenario('the data plane is killed in a call', {nice: -10}, async (scenario) => {
  const people = [];
  for (const name of ['Ada Lovelace', 'Grace Hopper', 'Alan Turing']) {
    people.push(await scenario.person(name, {size: small_window, camera: small_camera}));
  }
  const [ada] = people;
  const ledger = new IndexLedger();
  const {network} = scenario;
  scenario.at_end(() => ledger.abandon());
  await ledger.start(network.people, network.people_interface, network.media_address);

  step('three people join');
  const {host_url, guest_url} = await ada.make_meeting(scenario.sluice.home_url);
  for (const person of people) await person.join(person === ada ? host_url : guest_url);
  for (const viewer of people) {
    await viewer.until_sees(people.filter((person) => person !== viewer));
    await viewer.mark_peers();
  }
  await sleep_ms(settling_s * 1000);
  const negotiations = () => Promise.all(people.map((person) => person.negotiations()));
  const negotiations_before = await negotiations();

  let longest_gap_ms = 0;
  for (let kill = 1; kill <= kills; ++kill) {
    const watch = new FreezeWatch(people);
    watch.start();
    await sleep_ms(1000);
    step(`the data plane is killed, ${kill} of ${kills}, and started again`);
    const killed_at_ms = Date.now();
    await scenario.sluice.kill_dataplane();
    scenario.sluice.start_dataplane();
    await sleep_ms(between_s * 1000);
    const ready_ms = scenario.sluice.dataplane_ready_at_ms() - killed_at_ms;
    const pictures = await watch.stop();
    console.table(pictures);
    step(`it was ready after ${ready_ms} ms`);
    assert.equal(pictures.length, 6);
    for (const {receiver, sender, longest_ms, unexplained_ms} of pictures) {
      assert.ok(longest_ms > 0, `${sender} at ${receiver}: nothing was interrupted`);
      const what =
        `${sender} at ${receiver}: gone for ${longest_ms} ms, ${unexplained_ms} ms of them ` +
        `beyond what the machine stood still; the data plane was ready after ${ready_ms} ms`;
      assert.ok(longest_ms <= gap_ms_max, what);
      longest_gap_ms = Math.max(longest_gap_ms, longest_ms);
    }
  }

  step('voices are heard and pictures move');
  for (const viewer of people) {
    for (const {name} of people.filter((person) => person !== viewer)) {
      const energy = async () => (await viewer.stat(name, 'microphone')).energy;
      const before = await energy();
      await until(`${viewer.name} hears ${name}`, async () => (await energy()) > before);
    }
    assert.ok(await viewer.is_on_marked_peers(), `${viewer.name} has other peer connections`);
  }
  if (longest_gap_ms < patience_ms) {
    assert.deepEqual(await negotiations(), negotiations_before, 'nothing is negotiated again');
  } else {
    step(`a gap of ${longest_gap_ms} ms may have made somebody restart ICE`);
  }

  step('indices');
  const indices = await ledger.stop();
  console.log(indices);
  assert.ok(indices.rtp > 1000 && indices.rtcp > 10 && indices.streams >= 12);
  assert.deepEqual(indices.reused, [], 'an SRTP index is used once');
});
