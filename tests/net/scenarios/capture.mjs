// sluicectl capture during a call of emulated clients, as tshark reads it: of endpoints both
// directions, of a track what came in and what went out, of a node whose control plane is dead, and
// a whole file when somebody ends it early.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {join} from 'node:path';

import {run, sleep_ms, stop, until} from '../lib/command.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const program = join(process.env.SLUICE_BUILD, 'tools/loadgen/sluice-loadgen');
const ctl = join(process.env.SLUICE_BUILD, 'tools/sluicectl/sluicectl');
const again = `tests/net/run ${process.env.SLUICE_BUILD} capture`;
const inbound = '1';
const outbound = '2';

function start_call({sluice, network}) {
  const options = [
    ['--url', sluice.home_url],
    ['--device', 'net_af_packet0,iface=media,framecnt=16384'],
    ['--address', '10.77.0.100/24,10.77.0.101/24'],
    ['--no-huge'],
    ['--memory-mib', '128'],
    ['--idle-sleep-us', '50'],
    ['--publishers', '1'],
    ['--attendees', '3'],
    ['--duration', '60'],
    ['--bitrate', '600'],
  ];
  return spawn('ip', ['netns', 'exec', network.people, program, ...options.flat()], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

// {file, told} of a capture that runs to its end, or is sent `signal` after a second.
async function capture(sluice, name, options, signal) {
  const file = join(sluice.directory, `${name}.pcapng`);
  const child = spawn(ctl, ['--region', sluice.region, 'capture', ...options, '--write', file], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (text) => (told += text));
  const ended = new Promise((resolve) => child.once('close', resolve));
  if (signal) {
    await sleep_ms(1000);
    child.kill(signal);
  }
  assert.equal(await ended, 0, `${told}; again: ${again}`);
  return {file, told};
}

// Of every frame: direction, interface, and the SSRC of its RTP or the sender's of its RTCP.
function frames_of({file}, ...more) {
  const fields = [
    'frame.packet_flags_direction',
    'frame.interface_name',
    'rtp.ssrc',
    'rtcp.senderssrc',
    'frame.len',
    'frame.cap_len',
  ];
  const lines = run(
    'tshark',
    ...['-r', file, '-n', '--enable-heuristic', 'rtp_udp', '--enable-heuristic', 'rtcp_udp'],
    ...['-T', 'fields', ...fields.flatMap((f) => ['-e', f]), ...more],
  );
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [direction, port, rtp, rtcp, length, captured] = line.split('\t');
      return {direction: Number(direction).toString(), port, rtp, rtcp, length, captured};
    });
}

const hex = (ssrc) => `0x${ssrc.toString(16).padStart(8, '0')}`;
const ssrcs = (frames, direction) =>
  new Set(frames.filter((f) => f.direction === direction && f.rtp).map((f) => f.rtp));

await run_scenario('frames of a call on the wire', {}, async ({sluice, ...scenario}) => {
  const call = start_call({sluice, ...scenario});
  try {
    step('three attendees watch one publisher');
    await until(
      'six open subscriptions',
      () => {
        const rows = sluice.ctl('subscriptions').subscriptions;
        return rows.length === 6 && rows.every((s) => s.state === 'open');
      },
      {timeout_ms: 30000},
    );
    const {track: tracks, stream: streams} = sluice.ctl('table', 'show').tables;
    const video = sluice.ctl('tracks').tracks.find((t) => t.kind === 'video');
    const sent = tracks.flatMap((t) => t.encodings.filter((e) => e.packets > 0));
    const published = new Set(sent.map((e) => hex(e.ssrc)));

    step('the publisher');
    const publisher = await capture(sluice, 'publisher', [
      ...['--endpoint', video.endpoint, '--seconds', '3'],
    ]);
    assert.match(publisher.told, /^\d+ frames, 0 lost: the time is over\n$/);
    const from_publisher = frames_of(publisher);
    assert.deepEqual(ssrcs(from_publisher, inbound), published, again);
    assert.equal(ssrcs(from_publisher, outbound).size, 0, again);
    assert.ok(from_publisher.some((f) => f.direction === outbound && f.rtcp), again);
    assert.ok(from_publisher.every((f) => /^\w+\/worker\d+$/.test(f.port)), again);

    step('an attendee');
    const {to_endpoint: endpoint} = sluice.ctl('subscriptions').subscriptions[0];
    const own = streams.filter((s) => s.endpoint === endpoint && s.packets > 0);
    const attendee = await capture(sluice, 'attendee', ['--endpoint', endpoint, '--seconds', '3']);
    const of_attendee = frames_of(attendee);
    assert.deepEqual(ssrcs(of_attendee, outbound), new Set(own.map((s) => hex(s.ssrc))), again);
    assert.ok(of_attendee.some((f) => f.direction === inbound), again);

    step('the video: in once, out to three');
    const options = ['--track', video.track, '--packets', '400', '--snaplen', '100'];
    const of_track = frames_of(await capture(sluice, 'track', options));
    assert.equal(of_track.length, 400, again);
    assert.equal(ssrcs(of_track, inbound).size, 1, again);
    assert.equal(ssrcs(of_track, outbound).size, 3, again);
    assert.ok(of_track.every((f) => Number(f.captured) <= 100), again);
    assert.ok(of_track.some((f) => Number(f.length) > Number(f.captured)), again);

    step('ended early');
    const early = ['--endpoint', video.endpoint, '--seconds', '60'];
    const cut = await capture(sluice, 'cut', early, 'SIGINT');
    assert.match(cut.told, /ended by a signal/);
    assert.ok(frames_of(cut).length > 0, again);

    step('without a control plane');
    await sluice.kill_control();
    const alone = await capture(sluice, 'alone', ['--track', video.track, '--seconds', '1']);
    assert.equal(ssrcs(frames_of(alone), outbound).size, 3, again);
    sluice.start_control();
    for (const [name, identity] of Object.entries(sluice.ctl('drops').node.identities))
      assert.equal(identity.difference, 0, `${name}: ${JSON.stringify(identity)}`);
  } finally {
    await stop(call);
  }
});
