// Somebody's transports are moved to another worker in mid-call and back, as an operator does who
// empties a core. Pictures go on within a second, nobody else notices, and the browsers come to the
// new worker's port by themselves.

import assert from 'node:assert/strict';

import {assert_accounted} from '../lib/accounting.mjs';
import {small_camera} from '../lib/camera.mjs';
import {sleep_ms, until} from '../lib/command.mjs';
import {assert_undisturbed, describe, interruption} from '../lib/interruption.mjs';
import {small_window} from '../lib/person.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const interruption_max_ms = 1000;
const transports = ['publish', 'receive'];
const explained = {
  egress_waiting: 1000, // until the key frame comes, at the start and after a receiver's move
  egress_not_ready: 1000, // while somebody joins
  drop_moving: 10, // in the moment when neither worker has the endpoint
  drop_rtp_stranger: 40, // from a port that its browser has just opened, at the old worker
  drop_stun_stranger: 20, // while somebody joins
};

await run_scenario('moved to another worker', {workers: 2, nice: -5}, async (scenario) => {
  const {sluice} = scenario;
  const people = [];
  for (const name of ['Ada Lovelace', 'Grace Hopper', 'Alan Turing']) {
    people.push(await scenario.person(name, {size: small_window, camera: small_camera}));
  }
  const [ada, grace, alan] = people;
  const {guest_url} = await ada.make_meeting(sluice.home_url);
  for (const person of people) await person.join(guest_url);
  for (const person of people) await person.until_sees(people.filter((p) => p !== person));
  for (const person of people) await person.mark_peers();
  await sleep_ms(3000);

  // The row of a transport, by the address that its browser uses.
  const endpoint_of = (person, transport) =>
    until(`the endpoint of ${person.name}'s ${transport}`, async () => {
      const {port} = await person.local_candidate(transport);
      const {endpoints} = sluice.ctl('endpoints', '--addresses');
      return endpoints.find(({remote}) => remote?.endsWith(`:${port}`));
    });
  const first = new Map();
  for (const transport of transports) {
    first.set(transport, await endpoint_of(alan, transport));
  }
  const {port: port_before} = await alan.remote_candidate('publish');
  const udp_port_base = port_before - first.get('publish').home_worker;

  for (const round of [1, 2]) {
    for (const transport of transports) {
      const before = await endpoint_of(alan, transport);
      const worker = 1 - before.home_worker;
      let gap = null;
      await assert_undisturbed(
        [
          [ada, grace],
          [grace, ada],
        ],
        async () => {
          gap = await interruption(
            [
              [alan, ada],
              [ada, alan],
            ],
            () => sluice.ctl('endpoint', 'move', before.endpoint, '--worker', String(worker)),
            15000,
          );
          await until(`the browser is at the port of worker ${worker}`, async () => {
            const {port} = await alan.remote_candidate(transport);
            return port === udp_port_base + worker;
          });
          await sleep_ms(2000);
        },
      );
      const still = `pictures stand still for ${describe(gap)}`;
      step(`round ${round}, ${transport} on worker ${worker}: ${still}`);
      assert.ok(gap.took_ms <= interruption_max_ms + gap.usual_ms, still);
      const after = await endpoint_of(alan, transport);
      assert.equal(after.endpoint, before.endpoint, 'the same slot');
      assert.equal(after.home_worker, worker);
    }
  }
  for (const person of people) {
    assert.ok(await person.is_on_marked_peers(), `${person.name} has other peer connections`);
  }
  for (const person of people) await person.until_sees(people.filter((p) => p !== person));
  assert_accounted(sluice, explained);
  const {handover_out} = sluice.ctl('stat').node.counters;
  console.log(`${handover_out} packets were passed on`);
});
