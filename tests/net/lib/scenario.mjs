// A scenario: makes the network, starts Sluice, and takes everything away again
// whatever happens.

import {join} from 'node:path';

import {Network} from './network.mjs';
import {Person} from './person.mjs';
import {Sluice} from './sluice.mjs';

export class Scenario {
  sluice;
  network;
  #people = [];
  #endings = [];

  // `driver` and `family` of Network, `options` of Sluice.
  async start({driver, family, ...options} = {}) {
    this.network = new Network({driver, family});
    this.network.make();
    this.sluice = new Sluice(this.network, options);
    await this.sluice.start();
  }

  // Somebody with a browser; `options` of Person.open.
  async person(name, options = {}) {
    const index = this.#people.length;
    const person = new Person(name, index);
    this.#people.push(person);
    const directory = join(this.sluice.directory, `browser-${index}`);
    await person.open({namespace: this.network.people, directory, ...options});
    return person;
  }

  // Called in any case when the scenario is over.
  at_end(ending) {
    this.#endings.push(ending);
  }

  assert_content() {
    for (const person of this.#people) person.assert_content();
    this.sluice.assert_sound();
  }

  async end() {
    for (const person of this.#people) await person.close();
    await this.sluice?.stop();
    this.sluice?.remove();
    for (const ending of this.#endings) await ending();
    this.network?.remove();
  }
}

// Runs `play`, then `end` whatever happens, also when somebody interrupts.
export async function with_end(play, end) {
  const on_signal = () => end().finally(() => process.exit(130));
  process.once('SIGINT', on_signal);
  process.once('SIGTERM', on_signal);
  try {
    await play();
    step('passed');
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
  process.removeListener('SIGINT', on_signal);
  process.removeListener('SIGTERM', on_signal);
  await end();
}

export function step(text) {
  console.log(`[${(performance.now() / 1000).toFixed(1)} s] ${text}`);
}

// Runs `play(scenario)` with Sluice up; the exit code says how it went.
export async function run_scenario(title, options, play) {
  const scenario = new Scenario();
  step(title);
  const play_and_check = async () => {
    await scenario.start(options);
    try {
      await play(scenario);
      scenario.assert_content();
    } catch (error) {
      console.error(scenario.sluice.logs());
      throw error;
    }
  };
  await with_end(play_and_check, () => scenario.end());
}
