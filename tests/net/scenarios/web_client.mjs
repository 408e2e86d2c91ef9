// The web client as a person uses it: make a meeting, copy the link, join, mute, write, share, be
// removed, leave.

import assert from 'node:assert/strict';
import {copyFileSync} from 'node:fs';

import {until} from '../lib/command.mjs';
import {assert_tidy, picture} from '../lib/looks.mjs';
import {phone} from '../lib/person.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

await run_scenario('the web client', {}, async (scenario) => {
  const ada = await scenario.person('Ada Lovelace');
  const grace = await scenario.person('Grace Hopper');
  const alan = await scenario.person('Alan Turing', {size: phone});

  step('make a meeting and copy the link');
  await ada.page.goto(scenario.sluice.home_url);
  await picture(ada, 'home');
  await ada.page.getByLabel('Name of the meeting').fill('Weekly planning');
  await ada.press('New meeting');
  await ada.page.getByRole('button', {name: 'Copy: For the others'}).click();
  const guest_url = await ada.page.evaluate(() => navigator.clipboard.readText());
  assert.match(guest_url, /\/m\/[^#]+#t=/);
  const host_url = await ada.page
    .getByRole('link', {name: 'Enter as the host'})
    .getAttribute('href');
  await picture(ada, 'links');

  step('the lobby');
  await grace.page.goto(guest_url);
  await grace.page.getByRole('button', {name: 'Turn the camera off'}).waitFor();
  await grace.page.getByLabel('Your name').fill(grace.name);
  await picture(grace, 'lobby');
  await alan.page.goto(guest_url);
  await alan.page.getByRole('button', {name: 'Turn the camera off'}).waitFor();
  await picture(alan, 'lobby_phone');

  step('three people join');
  await ada.join(host_url);
  await grace.join(guest_url);
  await alan.join(guest_url);
  await ada.until_sees([grace, alan]);
  await grace.until_sees([ada, alan]);
  await alan.until_sees([ada, grace]);
  await alan.page.waitForTimeout(5000); // lines about who joined go away
  await assert_tidy(ada, 3, 0.55);
  await assert_tidy(alan, 3, 0.8);
  await picture(ada, 'meeting');
  await picture(alan, 'meeting_phone');

  step('mute by key, and everybody sees it');
  await grace.page.keyboard.press('m');
  await until('Ada sees that Grace is muted', () =>
    ada.page.getByRole('article', {name: 'Grace Hopper, microphone off'}).isVisible(),
  );
  await grace.page.keyboard.press('v');
  await until('Ada sees the initials of Grace', async () =>
    (await ada.tiles()).some((tile) => tile.label === grace.name && !tile.shows_video),
  );
  await assert_tidy(ada, 3, 0.55);
  await picture(ada, 'meeting_muted');
  await grace.page.keyboard.press('v');
  await until('Ada sees Grace again', async () =>
    (await ada.tiles()).some((tile) => tile.label === grace.name && tile.shows_video),
  );

  step('the host mutes somebody');
  await ada.press('Participants (3)');
  await ada.page.getByRole('button', {name: 'Turn the microphone of Alan Turing off'}).click();
  await alan.page.getByRole('button', {name: 'Turn the microphone on'}).waitFor();
  await picture(ada, 'participants');
  await ada.page.keyboard.press('Escape');

  step('chat');
  await ada.press('Chat');
  await ada.page
    .getByRole('textbox', {name: 'Message'})
    .fill('Shall we begin? https://example.org/agenda');
  await ada.page.keyboard.press('Enter');
  await grace.press('Chat');
  await grace.page.getByText('Shall we begin?').first().waitFor();
  assert.equal(
    await grace.page.getByRole('link').getAttribute('href'),
    'https://example.org/agenda',
  );
  await grace.page.getByRole('textbox', {name: 'Message'}).fill('Yes, with the numbers of May.');
  await grace.press('Send');
  await ada.page.getByText('with the numbers').waitFor();
  const screenshot = await picture(ada, 'chat');
  // Set it to tools/webclient/screenshot.png to make the README's picture anew.
  const copy = process.env.SLUICE_README_SCREENSHOT;
  if (copy) copyFileSync(screenshot, copy);
  await ada.page.keyboard.press('Escape');
  await grace.page.keyboard.press('Escape');

  step('share the screen');
  await grace.press('Share the screen');
  for (const viewer of [ada, alan]) {
    await until(
      `${viewer.name} sees the screen`,
      async () => {
        const [first] = await viewer.tiles();
        return first.source === 'screen' && first.shows_video;
      },
      {describe: () => viewer.tiles()},
    );
  }
  await ada.page.waitForTimeout(1500);
  await assert_tidy(ada, 4, 0.6);
  await assert_tidy(alan, 4, 0.6);
  await ada.press('Statistics');
  await ada.page.waitForTimeout(2500);
  await picture(ada, 'screen');
  await picture(alan, 'screen_phone');
  assert.match(await ada.page.locator('.tile_stats').first().innerText(), /VP8.*\d+×\d+/s);
  await ada.press('Statistics');
  await grace.press('Stop sharing the screen');

  step('a second camera, and none');
  const second = 'Grace Hopper’s camera 2';
  await grace.press('Devices');
  const cameras = grace.page.getByRole('combobox', {name: 'camera 2'});
  await cameras.selectOption({index: 1});
  for (const viewer of [ada, alan]) {
    const what = `${viewer.name} sees both cameras of ${grace.name}`;
    const whose = () => Promise.all([grace.name, second].map((name) => viewer.whose_picture(name)));
    await until(what, async () => (await whose()).every((index) => index === grace.index), {
      describe: () => viewer.tiles(),
    });
  }
  const {sources} = (await ada.participants()).find(({name}) => name === grace.name);
  assert.notEqual(sources.camera.csrc, sources.camera_2.csrc);
  assert.notEqual(sources.camera.mid, sources.camera_2.mid);
  await picture(grace, 'devices');
  await cameras.selectOption({label: 'No camera 2'});
  await grace.press('Done');
  await until('its tile goes', async () =>
    (await ada.tiles()).every(({label}) => label !== second),
  );
  assert.equal(await ada.whose_picture(grace.name), grace.index);

  step('the host removes somebody');
  await ada.press('Participants (3)');
  await ada.page.getByRole('button', {name: 'Remove Alan Turing'}).click();
  await alan.page.getByRole('heading', {name: 'You were removed'}).waitFor();
  await until('he is gone', async () => (await ada.participants()).length === 2);

  step('leave');
  await ada.leave();
  await until('Grace is alone', async () => (await grace.tiles()).length === 1);
  await assert_tidy(grace, 1, 0.7);
  await grace.leave();
});
