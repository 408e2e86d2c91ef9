// A scenario: makes the network, starts Sluice and a browser, and takes everything away again
// whatever happens.

import {join} from 'node:path';

import {launch_browser} from './browser.mjs';
import {Network} from './network.mjs';
import {Person} from './person.mjs';
import {Sluice} from './sluice.mjs';

export class Scenario {
  sluice;
  browser;
  #network = new Network();
  #people = [];

  async start({srtp_profiles = null, browser_flags = []} = {}) {
    this.#network.make();
    this.sluice = new Sluice(this.#network, {srtp_profiles});
    await this.sluice.start();
    const profile = join(this.sluice.directory, 'browser');
    this.browser = await launch_browser(this.#network.people, profile, browser_flags);
  }

  async person(name, options) {
    const person = new Person(name);
    this.#people.push(person);
    await person.open(this.browser, options);
    return person;
  }

  // {host_url, guest_url} of a new meeting, asked for by a page of the same origin.
  async meeting() {
    const clerk = await this.person('Clerk');
    await clerk.page.goto(this.sluice.home_url);
    await clerk.press('New meeting');
    const link = (name) => clerk.page.locator(`[data-name="${name}"]`).inputValue();
    const links = {host_url: await link('host_link'), guest_url: await link('guest_link')};
    await clerk.close();
    return links;
  }

  assert_content() {
    for (const person of this.#people) person.assert_content();
    this.sluice.assert_sound();
  }

  async end() {
    await this.browser?.close();
    await this.sluice?.stop();
    this.sluice?.remove();
    this.#network.remove();
  }
}

export function step(text) {
  console.log(`[${(performance.now() / 1000).toFixed(1)} s] ${text}`);
}

// Runs `play(scenario)` between start and end; the exit code says how it went.
export async function run_scenario(title, options, play) {
  const scenario = new Scenario();
  const on_signal = () => scenario.end().finally(() => process.exit(130));
  process.once('SIGINT', on_signal);
  process.once('SIGTERM', on_signal);
  try {
    step(title);
    await scenario.start(options);
    await play(scenario);
    scenario.assert_content();
    step('passed');
  } catch (error) {
    console.error(error);
    if (scenario.sluice) console.error(scenario.sluice.logs());
    process.exitCode = 1;
  } finally {
    await scenario.end();
  }
}
