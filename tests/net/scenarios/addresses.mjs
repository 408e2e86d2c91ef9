// One call over both families, and over IPv4 by way of a 1:1 NAT: nobody reaches the addresses that
// the node has, only those that it advertises. One of them stops working; another serves.

import assert from 'node:assert/strict';

import {assert_accounted, small_call} from '../lib/accounting.mjs';
import {run, sleep_ms} from '../lib/command.mjs';
import {assert_undisturbed, describe, interruption} from '../lib/interruption.mjs';
import {window} from '../lib/person.mjs';
import {Roaming} from '../lib/roaming.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const call_seconds = 10;
const failover_ms_max = 5000;
const patience_ms = 20000;
const public_of = {'10.77.0.2': '203.0.113.2', '10.77.0.3': '203.0.113.3'};
const publics = Object.values(public_of);
const ipv6 = 'fd77::2';
const options = {
  page_for_all: true,
  addresses: [`${ipv6}/64`, ...Object.keys(public_of).map((ip) => `${ip}/24`)],
  advertise: [ipv6, ...publics], // in the order of preference
};

await run_scenario('a node with several addresses', options, async (scenario) => {
  const {network, sluice} = scenario;
  const nft = (rule) => run('ip', 'netns', 'exec', network.people, 'nft', rule);

  run('ip', '-n', network.people, 'addr', 'add', 'fd77::1/64', 'dev', 'media', 'nodad');
  run('ip', '-n', network.people, '-6', 'route', 'replace', 'default', 'via', ipv6);
  const translations = Object.entries(public_of).map(([ip, other]) => `${other} : ${ip}`);
  const translate = `udp dport 1-65535 dnat to ip daddr map { ${translations.join(', ')} }`;
  nft(`table ip one_to_one {
    set private { type ipv4_addr; elements = { ${Object.keys(public_of).join(', ')} }; }
    set gone { type ipv4_addr; }
    chain forbid_out { type filter hook output priority raw; ip daddr @private drop; }
    chain forbid_in {
      type filter hook prerouting priority raw
      ip daddr @private drop
      ip daddr @gone drop
      ip saddr @gone drop
    }
    chain out { type nat hook output priority -100; ${translate}; }
    chain in { type nat hook prerouting priority -100; ${translate}; }
  }`);

  const roaming = new Roaming(network);
  scenario.at_end(() => roaming.remove());
  roaming.make(['wifi']);
  const ada = await scenario.person('Ada Lovelace', {size: window});
  const grace = await scenario.person('Grace Hopper', {size: window});
  const freya = await scenario.person('Freya Stark', {
    size: window,
    namespace: roaming.namespace,
    trusts: sluice.origin_for_all,
  });
  const people = [ada, grace, freya];
  const {host_url, guest_url} = await ada.make_meeting(sluice.home_url);
  await ada.join(host_url);
  await grace.join(guest_url);
  await freya.join(guest_url.replace(sluice.origin, sluice.origin_for_all));
  for (const viewer of people) {
    await viewer.until_sees(
      people.filter((person) => person !== viewer),
      patience_ms,
    );
  }

  step('who has both families uses IPv6, who has IPv4 alone a public address');
  const address_of = async (person, transport) => {
    return (await person.remote_candidate(transport)).address;
  };
  for (const transport of ['publish', 'receive']) {
    assert.equal(await address_of(ada, transport), ipv6);
    assert.equal(await address_of(grace, transport), ipv6);
    assert.ok(publics.includes(await address_of(freya, transport)));
  }
  const everybody = people.flatMap((viewer) =>
    people.filter((person) => person !== viewer).map((person) => [viewer, person]),
  );
  await assert_undisturbed(everybody, () => sleep_ms(call_seconds * 1000));

  step('the public address in use stops working');
  const before = await address_of(freya, 'receive');
  const own = Object.keys(public_of).find((ip) => public_of[ip] === before);
  const take_away = () => nft(`add element ip one_to_one gone { ${before}, ${own} }`);
  const ring = [
    [ada, grace],
    [grace, ada],
  ];
  await assert_undisturbed(ring, async () => {
    const gap = await interruption([[freya, ada]], take_away, patience_ms);
    step(`Freya's pictures came back after ${describe(gap)}`);
    assert.ok(gap.took_ms <= failover_ms_max + gap.usual_ms);
  });
  const after = await address_of(freya, 'receive');
  assert.ok(publics.includes(after) && after !== before, `${after} after ${before}`);
  for (const person of people) await person.leave();
  assert_accounted(sluice, small_call);
});
