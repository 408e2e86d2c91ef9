// Somebody whose network lets no UDP out joins by way of a TURN server over TCP (coturn), with the
// credential that the join call gave; and an encoder there, with that of a Link header.

import assert from 'node:assert/strict';
import {openSync} from 'node:fs';
import {join} from 'node:path';

import {walls} from '../lib/camera.mjs';
import {start, stop} from '../lib/command.mjs';
import {OtherStack} from '../lib/other_stack.mjs';
import {Roaming} from '../lib/roaming.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';
import {turn_secret} from '../lib/sluice.mjs';

const turn_port = 3478;
const options = {page_for_all: true, turn_url: `turn:10.77.0.1:${turn_port}?transport=tcp`};

function start_turn_server(scenario) {
  const address = scenario.network.people_address;
  const log = openSync(join(scenario.sluice.directory, 'turnserver.log'), 'w');
  return start(
    'ip',
    [
      ...['netns', 'exec', scenario.network.people, 'turnserver', '-n', '--no-cli', '--no-tls'],
      ...['--no-dtls', '--no-multicast-peers', '--realm=sluice.test', '--use-auth-secret'],
      ...[`--static-auth-secret=${turn_secret}`, `--listening-ip=${address}`],
      ...[`--relay-ip=${address}`, `--listening-port=${turn_port}`, '--log-file=stdout'],
      `--pidfile=${join(scenario.sluice.directory, 'turnserver.pid')}`,
    ],
    log,
  );
}

await run_scenario('a client behind a firewall, by way of TURN', options, async (scenario) => {
  const server = start_turn_server(scenario);
  scenario.at_end(() => stop(server));
  const roaming = new Roaming(scenario.network);
  scenario.at_end(() => roaming.remove());
  roaming.make(['wifi']);
  roaming.forbid_udp();
  const ada = await scenario.person('Ada Lovelace');
  const guest = await scenario.person('Freya Stark', {
    namespace: roaming.namespace,
    trusts: scenario.sluice.origin_for_all,
  });
  const {guest_url} = await ada.make_meeting(scenario.sluice.home_url);
  await ada.join(guest_url);
  await guest.join(guest_url.replace(scenario.sluice.origin, scenario.sluice.origin_for_all));
  await ada.until_sees([guest], 20000);
  await guest.until_sees([ada], 20000);

  step('both ways go through the server');
  for (const transport of ['publish', 'receive']) {
    const {candidateType: type} = await guest.local_candidate(transport);
    assert.equal(type, 'relay', `${transport} goes over a candidate of type ${type}`);
  }

  step('so does an encoder');
  const studio = {name: 'Studio', wall: 3};
  const link = new URL(guest_url);
  const meeting = link.pathname.split('/').at(-1);
  const encoder = new OtherStack(
    roaming.namespace,
    'publish',
    `${scenario.sluice.origin_for_all}/v1/meetings/${meeting}/whip?name=${studio.name}`,
    new URLSearchParams(link.hash.slice(1)).get('t'),
    walls[studio.wall],
  );
  scenario.at_end(() => encoder.end());
  await ada.until_sees([studio], 20000);
  assert.equal(await encoder.finish(), 200);
});
