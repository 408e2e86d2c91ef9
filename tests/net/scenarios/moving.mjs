// Somebody's way to the media changes in mid-call, in every way that networks do it. Their media
// comes back by itself, and nobody else notices.

import assert from 'node:assert/strict';

import {sleep_ms, until} from '../lib/command.mjs';
import {assert_undisturbed, describe, interruption} from '../lib/interruption.mjs';
import {Roaming} from '../lib/roaming.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const rebinding = {
  what: 'the NAT rebinds',
  up: ['wifi'],
  change: (roaming) => roaming.rebind(),
  within_ms: 3200,
};
const second_interface = {
  what: 'the interface dies silently, another one was gathered',
  up: ['wifi', 'lte'],
  prepare: (roaming) => roaming.find_media_interface(),
  change: (roaming) => roaming.lose_media_interface(),
  within_ms: 3500,
};
// `prepare`: what happens some seconds before; `alone`: there is no control plane meanwhile, so
// browser and workers find each other by themselves.
const ways = [
  rebinding,
  {...rebinding, alone: true},
  second_interface,
  // The browser makes up its mind 3 to 3.5 s after the last packet.
  {...second_interface, alone: true, within_ms: 6000},
  {
    what: 'another interface comes, the old one goes',
    up: ['wifi'],
    prepare: (roaming) => roaming.bring_up('lte'),
    change: (roaming) => roaming.take_down('wifi'),
    within_ms: 2000,
  },
  {
    what: 'the address changes and nobody is told',
    up: ['wifi'],
    change: (roaming) => roaming.change_address('wifi'),
    within_ms: 5000,
  },
];

for (const {what, alone, up, prepare, change, within_ms} of ways) {
  const title = alone ? `${what}, without a control plane` : what;
  await run_scenario(title, {page_for_all: true}, async (scenario) => {
    const roaming = new Roaming(scenario.network);
    scenario.at_end(() => roaming.remove());
    roaming.make(up);
    const ada = await scenario.person('Ada Lovelace');
    const grace = await scenario.person('Grace Hopper');
    const roamer = await scenario.person('Freya Stark', {
      namespace: roaming.namespace,
      trusts: scenario.sluice.origin_for_all,
    });
    const {guest_url} = await ada.make_meeting(scenario.sluice.home_url);
    await ada.join(guest_url);
    await grace.join(guest_url);
    await roamer.join(guest_url.replace(scenario.sluice.origin, scenario.sluice.origin_for_all));
    const people = [ada, grace, roamer];
    for (const person of people) await person.until_sees(people.filter((p) => p !== person));
    await prepare?.(roaming);
    await sleep_ms(4000); // the start's unrest is over; a browser looks for interfaces each 2 s
    const ids = async () => (await ada.participants()).map(({id}) => id).sort();
    const before = await ids();
    if (alone) await scenario.sluice.kill_control();

    let gap = null;
    await assert_undisturbed(
      [
        [ada, grace],
        [grace, ada],
      ],
      async () => {
        gap = await interruption(
          [
            [roamer, ada],
            [ada, roamer],
          ],
          () => change(roaming),
          15000,
        );
      },
    );
    const still = `pictures stand still for ${describe(gap)}`;
    step(still);
    assert.ok(gap.took_ms <= within_ms + gap.usual_ms, `${still}; ${within_ms} ms are allowed`);
    if (alone) {
      scenario.sluice.start_control();
      for (const person of people) {
        await until(`${person.name} is back`, () => person.is_connected());
        person.forget_complaints(); // a browser reports a server that is not there
      }
    }
    assert.deepEqual(await ids(), before, 'nobody came back as somebody else');
    roamer.forget_complaints(); // a browser reports sockets that died under it
  });
}
