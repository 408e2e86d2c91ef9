// Somebody whose network lets no UDP out joins by way of sluice-ice-tcp (RFC 6544).

import assert from 'node:assert/strict';

import {Roaming} from '../lib/roaming.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const options = {page_for_all: true, ice_tcp_port: 4443};

await run_scenario('a client behind a firewall, over TCP', options, async (scenario) => {
  scenario.sluice.start_ice_tcp();
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

  step('who can has UDP, who cannot has TCP');
  for (const transport of ['publish', 'receive']) {
    assert.equal((await ada.local_candidate(transport)).protocol, 'udp');
    const local = await guest.local_candidate(transport);
    assert.equal(local.protocol, 'tcp', `${transport}: ${JSON.stringify(local)}`);
    assert.equal(local.tcpType, 'active');
  }
});
