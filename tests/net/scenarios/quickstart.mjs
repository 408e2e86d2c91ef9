// tools/quickstart both ways: for browsers on the machine itself, and for those of other machines.
//
//   namespace machine                                 namespace visitor
//   quickstart, a browser --- lan 192.168.77.1/24 == veth == lan 192.168.77.2/24 --- a browser

import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {tmpdir} from 'node:os';

import {run} from '../lib/command.mjs';
import {Person} from '../lib/person.mjs';
import {Quickstart} from '../lib/quickstart.mjs';
import {step, with_end} from '../lib/scenario.mjs';

const machine = `sluice-machine-${process.pid}`;
const visitor = `sluice-visitor-${process.pid}`;
const directory = mkdtempSync(join(tmpdir(), 'sluice-net-'));
const quickstart = new Quickstart(machine);
const people = [];

function make_network() {
  for (const [index, namespace] of [machine, visitor].entries()) {
    run('ip', 'netns', 'add', namespace);
    run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    if (index === 1) {
      run(
        'ip',
        '-n',
        machine,
        'link',
        'add',
        'lan',
        'type',
        'veth',
        'peer',
        'name',
        'lan',
        'netns',
        visitor,
      );
    }
  }
  for (const [index, namespace] of [machine, visitor].entries()) {
    run('ip', '-n', namespace, 'addr', 'add', `192.168.77.${index + 1}/24`, 'dev', 'lan');
    run('ip', '-n', namespace, 'link', 'set', 'lan', 'up');
    run('ip', '-n', namespace, 'route', 'add', 'default', 'via', '192.168.77.254');
  }
}

// A person of each namespace joins a meeting that the first of them makes.
async function meet(...namespaces) {
  for (const [index, namespace] of namespaces.entries()) {
    const person = new Person(`Person ${index + 1} on the ${namespace.split('-')[1]}`, index);
    people.push(person);
    await person.open({namespace, directory: join(directory, `browser-${index}`)});
  }
  const [host, guest] = people;
  const {host_url, guest_url} = await host.make_meeting(quickstart.url);
  await host.join(host_url);
  await guest.join(guest_url);
  await host.until_sees([guest]);
  await guest.until_sees([host]);
  for (const person of people.splice(0)) {
    await person.leave();
    person.assert_content();
    await person.close();
  }
}

async function play() {
  make_network();
  step('for browsers on this machine');
  await quickstart.start('--local');
  await meet(machine, machine);
  quickstart.assert_second_is_refused('--local');
  await quickstart.stop();
  quickstart.assert_nothing_left();

  step('for browsers on other machines, and this one');
  await quickstart.start('--interface', 'lan');
  await meet(machine, visitor);
  await quickstart.stop();
  quickstart.assert_nothing_left();
}

async function end() {
  if (process.exitCode) console.error(quickstart.output);
  for (const person of people) await person.close();
  await quickstart.stop();
  for (const namespace of [machine, visitor]) {
    try {
      run('ip', 'netns', 'del', namespace);
    } catch {
      // Never made.
    }
  }
  rmSync(directory, {recursive: true, force: true});
}

await with_end(play, end);
