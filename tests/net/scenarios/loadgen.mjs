// The client emulator over the test's veth pair: two publishers, twenty attendees, everybody joins,
// every sampled packet is right, Sluice accounts for every packet, and nothing is lost but what it
// says that it has lost: a machine that gives a worker no time for a second has full queues.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

import {assert_accounted} from '../lib/accounting.mjs';
import {stop} from '../lib/command.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const program = join(process.env.SLUICE_BUILD, 'tools/loadgen/sluice-loadgen');
const again = `tests/net/run ${process.env.SLUICE_BUILD} loadgen`;
const publishers = 2;
const attendees = 20;

// Packets on their way while an endpoint is not keyed yet, or when it has left; videos that wait
// for their key frame.
const explained = {
  drop_rtp_stranger: 3 * (publishers + attendees),
  egress_waiting: 5000,
  egress_not_ready: 5000,
  drop_not_keyed: 50,
  drop_dtls_stranger: 20,
  egress_tx_full: 20000,
  egress_log_overrun: 20000,
};

// Beside the kernel on the people's end of the pair, with an address of its own.
function arguments_of(scenario, report, more) {
  return [
    ['--url', scenario.sluice.home_url],
    ['--device', 'net_af_packet0,iface=media,framecnt=16384'],
    ['--address', '10.77.0.100/24,10.77.0.101/24'],
    ['--no-huge'],
    ['--memory-mib', '128'],
    ['--idle-sleep-us', '50'],
    ['--publishers', publishers],
    ['--attendees', attendees],
    ['--join-rate', '20'],
    ['--duration', '5'],
    ['--bitrate', '600'],
    ['--loss-max', '20'],
    ['--json', report],
    ...more,
  ].flat();
}

// What opened streams did not get, as Sluice counts it.
function dropped_by(sluice) {
  const {egress_drops} = sluice.ctl('drops').node;
  return egress_drops.egress_tx_full + egress_drops.egress_log_overrun;
}

// Runs the program to its end: {code, report, dropped}.
async function emulate(scenario, ...more) {
  const before = dropped_by(scenario.sluice);
  const report = join(scenario.sluice.directory, 'loadgen.json');
  const child = spawn(
    'ip',
    ['netns', 'exec', scenario.network.people, program, ...arguments_of(scenario, report, more)],
    {stdio: ['ignore', 'inherit', 'inherit']},
  );
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('exit', resolve);
      child.once('error', reject);
    });
    assert.ok(code !== null, `ended by a signal; again: ${again}`);
    const dropped = dropped_by(scenario.sluice) - before;
    return {code, report: JSON.parse(readFileSync(report, 'utf8')), dropped};
  } finally {
    await stop(child);
  }
}

function assert_whole({code, report, dropped}, sampled) {
  const {joins, publishers: sent, attendees: received, sample} = report;
  const told = `${JSON.stringify(report.findings)}; again: ${again}`;
  assert.equal(code, 0, told);
  assert.equal(joins.joined, publishers + attendees, told);
  assert.equal(received.streams_missing, 0, told);
  assert.equal(received.streams_expected, 2 * publishers * attendees, told);
  assert.equal(received.unknown, 0, told);
  assert.equal(sample.attendees, sampled, told);
  assert.equal(sample.bad, 0, told);
  assert.equal(sample.foreign, 0, told);
  assert.equal(sample.source_switches, 0, told);
  const lost = received.lost + sample.missing_at_end;
  assert.ok(lost <= dropped, `${lost} lost, of which Sluice knows ${dropped}; ${told}`);
  assert.ok(sample.packets > 0 && received.received_each.min > 0, told);
  assert.equal(sent.uplink_lost, 0, told);
  assert.ok(sent.key_frames > 0, told);
}

await run_scenario('clients over a DPDK port of their own', {}, async (scenario) => {
  step('everybody decrypts everything');
  assert_whole(await emulate(scenario, '--sample', attendees), attendees);
  assert_accounted(scenario.sluice, explained);

  step('another codec, another suite, a sample of five');
  const more = ['--codec', 'VP9', '--suite', 'aescm', '--sample', 5];
  assert_whole(await emulate(scenario, ...more), 5);
  assert_accounted(scenario.sluice, explained);
});
