// The same call over other kinds of ports than the other scenarios', and over IPv6.

import {join} from 'node:path';

import {assert_accounted, small_call} from '../lib/accounting.mjs';
import {stop} from '../lib/command.mjs';
import {start_memif_peer} from '../lib/memif_peer.mjs';
import {window} from '../lib/person.mjs';
import {assert_good_call} from '../lib/quality.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const call_seconds = 30;

const ways = [
  {driver: 'net_tap'},
  {driver: 'net_af_xdp'},
  {driver: 'net_memif'},
  {driver: 'net_af_packet', family: 6},
];

for (const way of ways) {
  await run_scenario(`a call over ${JSON.stringify(way)}`, way, async (scenario) => {
    if (way.driver === 'net_memif') {
      const {network, sluice} = scenario;
      const peer = start_memif_peer(network.node, 'sluice', join(sluice.directory, 'testpmd.log'));
      scenario.at_end(() => stop(peer));
    }
    const ada = await scenario.person('Ada Lovelace', {size: window});
    const grace = await scenario.person('Grace Hopper', {size: window});
    const {host_url, guest_url} = await ada.make_meeting(scenario.sluice.home_url);
    await ada.join(host_url);
    await grace.join(guest_url);
    await ada.until_sees([grace]);
    await grace.until_sees([ada]);
    step(`a call of ${call_seconds} s`);
    await assert_good_call([ada, grace], call_seconds);
    for (const person of [ada, grace]) await person.leave();
    assert_accounted(scenario.sluice, small_call);
  });
}
