// What a person's network does to a call, and how the web client brings it back by itself.

import assert from 'node:assert/strict';

import {until} from '../lib/command.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

await run_scenario('reconnecting', {}, async (scenario) => {
  const ada = await scenario.person('Ada Lovelace');
  const grace = await scenario.person('Grace Hopper');
  const people = [ada, grace];
  const {host_url, guest_url} = await ada.make_meeting(scenario.sluice.home_url);
  await ada.join(host_url);
  await grace.join(guest_url);
  await ada.until_sees([grace]);
  await grace.until_sees([ada]);
  const ids = async () => (await ada.participants()).map(({id}) => id).sort();
  const ids_before = await ids();

  // Media flows again for both, and they are still the same participants.
  const assert_back = async (timeout_ms) => {
    for (const [viewer, other] of [people, [grace, ada]]) {
      await until(
        `${viewer.name} is connected`,
        () => viewer.page.evaluate(() => globalThis.sluice.connection === 'connected'),
        {timeout_ms, describe: () => viewer.participants()},
      );
      const {frames} = await viewer.stat(other.name, 'camera');
      await until(
        `${viewer.name} sees ${other.name} move again`,
        async () => (await viewer.stat(other.name, 'camera')).frames > frames + 15,
        {timeout_ms, describe: () => viewer.stats()},
      );
      assert.ok(
        (await viewer.tiles()).some((tile) => tile.label === other.name && tile.shows_video),
      );
    }
    assert.deepEqual(await ids(), ids_before, 'nobody came back as somebody else');
  };

  step('another address on the same interface');
  scenario.network.move_people('10.77.0.9');
  const moved_at_ms = Date.now();
  await assert_back(12000);
  step(`media is back after ${((Date.now() - moved_at_ms) / 1000).toFixed(1)} s`);

  step('offline and online again');
  const context = ada.page.context();
  await context.setOffline(true);
  await ada.page.getByText('This device is offline').waitFor();
  await context.setOffline(false);
  await assert_back(12000);
  ada.forget_complaints(); // the browser itself reports sockets that fail while it is offline
});
