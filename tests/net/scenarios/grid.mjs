// A large meeting: 25 emulated people send, two more receive and check every packet, and three
// browsers leaf through pages of nine tiles. Everybody is seen and heard, each under the own name.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {small_camera, walls} from '../lib/camera.mjs';
import {ask, run, stop, until} from '../lib/command.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';
import {api_key} from '../lib/sluice.mjs';

const python = '/usr/bin/python3'; // the system's, whose packages are Debian's
const encoder = fileURLToPath(new URL('../lib/canned_media.py', import.meta.url));
const loadgen = join(process.env.SLUICE_BUILD, 'tools/loadgen/sluice-loadgen');

const publishers = 25;
const attendees = 2;
const tiles_per_page = 9;
const nine_tiles = {width: 560, height: 480};
const senders = publishers + 3;
const leafing_within_ms = 150000;
const wrong_max_ms = 2000; // somebody's last picture, while the stream is handed on

if (ask(python, '-c', 'import av').code !== 0) {
  console.log(`SKIP: ${python} has no av (apt-get install python3-av)`);
  process.exit(77);
}

// Three levels a channel are colours enough, and far from each other.
const levels = [60, 128, 196];
const canned_walls = Array.from({length: publishers}, (_, number) => [
  levels[number % 3],
  levels[Math.floor(number / 3) % 3],
  levels[Math.floor(number / 9) % 3],
]);

// Whose picture has this colour at its edge, among all: 'Publisher-3' or a person's name.
function whose(colour, people) {
  const known = canned_walls.map((wall, number) => [`Publisher-${number}`, wall]);
  for (const {name, index} of people) known.push([name, walls[index]]);
  const distance = ([, wall]) => Math.hypot(...wall.map((v, channel) => v - colour[channel]));
  known.sort((a, b) => distance(a) - distance(b));
  return known[0][0];
}

function start_crowd(scenario, link) {
  const media = join(scenario.sluice.directory, 'media');
  mkdirSync(media);
  run(python, encoder, media, ...canned_walls.map((wall) => wall.join(',')));
  const report = join(scenario.sluice.directory, 'loadgen.json');
  const options = [
    ['--url', link],
    ['--device', 'net_af_packet0,iface=media,framecnt=16384'],
    ['--address', '10.77.0.100/24,10.77.0.101/24'],
    ['--no-huge', '--memory-mib', '128', '--idle-sleep-us', '1000'],
    ['--publishers', publishers, '--attendees', attendees, '--sample', attendees],
    ['--media', media, '--fps', '10'],
    ['--join-rate', '10', '--duration', '300', '--loss-max', '20'],
    ['--json', report],
  ].flat();
  const child = spawn('ip', ['netns', 'exec', scenario.network.people, loadgen, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return {child, report};
}

// Until each of those who send was seen: their tiles change places as they speak.
async function leaf_through(viewer, people) {
  const seen = new Set();
  const wrong_since_ms = new Map();
  const look = async () => {
    const shown = await viewer.pictures();
    assert.ok(shown.length <= tiles_per_page, `${shown.length} pictures on a page`);
    for (const {label, colour} of shown) {
      const name = label.replace(' (you)', '');
      const owner = whose(colour, people);
      if (owner === name) {
        seen.add(name);
        wrong_since_ms.delete(name);
        continue;
      }
      if (!wrong_since_ms.has(name)) wrong_since_ms.set(name, Date.now());
      const wrong_ms = Date.now() - wrong_since_ms.get(name);
      const what = `${viewer.name} sees ${owner} under the name of ${name}`;
      assert.ok(wrong_ms <= wrong_max_ms, `${what}, for ${wrong_ms} ms`);
    }
    const waited_for = (await viewer.tiles()).filter(
      ({label}) => !label.startsWith('Attendee-') && !seen.has(label.replace(' (you)', '')),
    );
    return waited_for.length === 0;
  };
  const button = (name) => viewer.page.getByRole('button', {name, exact: true});
  const end_ms = Date.now() + leafing_within_ms;
  while (seen.size < senders) {
    await until(`${viewer.name} sees whoever is on the page`, look, {
      timeout_ms: end_ms - Date.now(),
      describe: async () => ({seen: [...seen], pictures: await viewer.pictures()}),
    });
    wrong_since_ms.clear();
    if (await button('Next page').isEnabled()) {
      await button('Next page').click();
    } else {
      while (await button('Previous page').isEnabled()) await button('Previous page').click();
    }
  }
}

await run_scenario('a meeting of 28 who send', {nice: -5}, async (scenario) => {
  const people = [];
  for (const name of ['Ada Lovelace', 'Grace Hopper', 'Alan Turing']) {
    people.push(await scenario.person(name, {size: nine_tiles, camera: small_camera}));
  }
  const [ada] = people;
  await ada.page.goto(scenario.sluice.origin);
  const {body: meeting} = await ada.ask('POST', '/v1/meetings', api_key, {});

  step('the crowd comes');
  const url = meeting.join_url.replace(/^http:..[^/]*/, scenario.sluice.origin);
  const crowd = start_crowd(scenario, url);
  scenario.at_end(() => stop(crowd.child));
  step('three browsers come');
  for (const person of people) await person.join(meeting.join_url);

  step('an operator looks at it');
  const everybody = senders + attendees;
  await until(
    'sluicectl top shows everybody in one room',
    () => {
      const {rooms, workers} = scenario.sluice.ctl('top', '--once');
      const [room] = rooms ?? [];
      return room?.participants === everybody && workers[0].tx_packets_per_s > 0;
    },
    {timeout_ms: 40000, describe: () => scenario.sluice.ctl('top', '--once')},
  );

  for (const viewer of people) {
    step(`${viewer.name} leafs through the pages`);
    await until(
      `${viewer.name} knows everybody`,
      async () => {
        const all = await viewer.participants();
        return all.filter(({sources}) => 'camera' in sources).length === senders;
      },
      {timeout_ms: 40000, describe: () => viewer.participants()},
    );
    await leaf_through(viewer, people);
    await until(
      `${viewer.name} hears everybody`,
      async () => {
        const heard = (await viewer.stats()).filter(
          (row) => !row.own && row.source === 'microphone' && row.energy > 0,
        );
        return heard.length === senders - 1;
      },
      {timeout_ms: 20000, describe: () => viewer.stats()},
    );
  }

  step('the crowd goes');
  crowd.child.kill('SIGTERM');
  await until('the crowd is gone', () => crowd.child.exitCode !== null, {timeout_ms: 30000});
  const report = JSON.parse(readFileSync(crowd.report, 'utf8'));
  const told = JSON.stringify(report.findings);
  const {joins, sample, attendees: received} = report;
  assert.equal(joins.joined, publishers + attendees, told);
  assert.equal(received.streams_missing, 0, told);
  assert.equal(sample.bad, 0, told);
  assert.ok(sample.foreign > 0, 'what the browsers send has not come');
});
