// Each SRTP protection profile in turn, chosen by the order of the configuration.

import assert from 'node:assert/strict';

import {assert_accounted} from '../lib/accounting.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

// The names that browsers use in their statistics (the DTLS-SRTP registry of RFC 5764 and RFC
// 7714).
const profiles = ['AEAD_AES_256_GCM', 'AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];
const explained = {egress_waiting: 2000, egress_not_ready: 2000};

async function negotiated_profiles(person) {
  return person.page.evaluate(async () => {
    const names = [];
    for (const peer of Object.values(globalThis.sluice.peers())) {
      for (const stat of (await peer.getStats()).values()) {
        if (stat.type === 'transport') names.push(stat.srtpCipher);
      }
    }
    return names;
  });
}

for (const profile of profiles) {
  const order = [profile, ...profiles.filter((other) => other !== profile)];
  await run_scenario(profile, {srtp_profiles: order}, async (scenario) => {
    const ada = await scenario.person('Ada');
    const grace = await scenario.person('Grace');
    const {guest_url} = await ada.make_meeting(scenario.sluice.home_url);
    await ada.join(guest_url);
    await grace.join(guest_url);
    await ada.until_sees([grace]);
    await grace.until_sees([ada]);
    step('both see and hear each other');
    for (const person of [ada, grace]) {
      const used = await negotiated_profiles(person);
      assert.equal(used.length, 2);
      for (const name of used)
        assert.equal(name.replace('SRTP_', '').replace('AES128_CM', 'AES_CM_128'), profile);
    }
    assert_accounted(scenario.sluice, explained);
  });
  if (process.exitCode) break;
}
