// Floods during a call, as strong as the machine makes them: the pictures go on, and somebody else
// can join meanwhile.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';

import {assert_accounted} from '../lib/accounting.mjs';
import {ask, sleep_ms, until} from '../lib/command.mjs';
import * as flood from '../lib/flood.mjs';
import {OtherStack} from '../lib/other_stack.mjs';
import {small_window} from '../lib/person.mjs';
import {run_scenario, step} from '../lib/scenario.mjs';

const offer_file = new URL('../../unit/proto/data/aiortc_audio_video.sdp', import.meta.url);
const page = '127.0.0.1:8080';
const measured_ms = 3000;
const settling_ms = 2000; // tiles grow when somebody leaves, and other encodings are sent
const rate_share_min = 0.9;
const rate_min = 3; // before a flood
const measurements = 3; // most of them count: the machine may be busy with something else at one
const joined_within_ms = 30000;
const events_told = 12; // the last ones

// What coming and going costs, and what the floods are.
const many = 1e9;
const explained = {
  egress_waiting: 50000,
  egress_not_ready: 50000,
  drop_rtp_stranger: 2000,
  drop_not_keyed: 500,
  drop_unknown_ssrc: many,
  drop_unknown_payload_type: many,
  drop_auth_failed: many,
  drop_replayed: many,
  drop_srtp_budget: many,
  drop_rtcp_budget: many,
  drop_malformed_rtcp: many,
  drop_malformed_rtp: many,
  drop_stun_stranger: many,
  drop_stun_unauthenticated: many,
  drop_stun_budget: many,
  drop_dtls_stranger: many,
  drop_dtls_budget: many,
  drop_punt_full: many,
};

// Where one transport of somebody's goes, and by what it is known.
function transport_of(person, name) {
  return person.page.evaluate(async (which) => {
    const peer = globalThis.sluice.peers()[which];
    const stats = await peer.getStats();
    const all = [...stats.values()];
    const {selectedCandidatePairId} = all.find(({type}) => type === 'transport');
    const pair = stats.get(selectedCandidatePairId);
    const media = all.find(({type, kind}) => /bound-rtp$/.test(type) && kind === 'video');
    const remote = stats.get(pair.remoteCandidateId);
    return {
      port: stats.get(pair.localCandidateId).port,
      node: `${remote.address}:${remote.port}`,
      ufrag: peer.remoteDescription.sdp.match(/a=ice-ufrag:(\S+)/)[1],
      ssrc: media?.ssrc,
      payload_type: stats.get(media?.codecId)?.payloadType,
    };
  }, name);
}

// What may make a person's transports be made anew, as it happens: in the page's `seen`.
function watch_transports(person) {
  return person.page.evaluate(() => {
    globalThis.seen = [];
    const note = (what) => globalThis.seen.push(`${new Date().toISOString()} ${what}`);
    for (const [which, peer] of Object.entries(globalThis.sluice.peers())) {
      const on_change = () => note(`${which}: ${peer.iceConnectionState}`);
      peer.addEventListener('iceconnectionstatechange', on_change);
    }
    navigator.connection?.addEventListener('change', () => note('the network may have changed'));
    let [looked_ms, moved_ms, bytes] = [Date.now(), Date.now(), 0];
    setInterval(async () => {
      const late_ms = Date.now() - looked_ms;
      looked_ms = Date.now();
      if (late_ms > 400) note(`the page stood still for ${late_ms} ms`);
      const stats = (await globalThis.sluice.peers().receive?.getStats()) ?? new Map();
      const received = [...stats.values()].reduce((sum, s) => sum + (s.bytesReceived ?? 0), 0);
      if (received === bytes) return;
      if (Date.now() - moved_ms > 400) note(`nothing came for ${Date.now() - moved_ms} ms`);
      [moved_ms, bytes] = [Date.now(), received];
    }, 100);
  });
}

// Runs in the people's namespace, where the page is.
function text_of(scenario, path, authorization = '') {
  const headers = JSON.stringify(authorization ? {authorization} : {});
  const program = `fetch('http://${page}${path}', {headers: ${headers}})
    .then((answer) => answer.text()).then((text) => console.log(text))`;
  const {people} = scenario.network;
  return ask('ip', 'netns', 'exec', people, process.execPath, '-e', program).stdout;
}

function parts_of(guest_url) {
  const link = new URL(guest_url);
  const token = new URLSearchParams(link.hash.slice(1)).get('t');
  return {meeting: link.pathname.split('/').at(-1), token};
}

// A player that asks for key frames and lost packets without end, with the right keys.
async function pester(scenario, guest_url) {
  const {meeting, token} = parts_of(guest_url);
  const url = `${scenario.sluice.origin}/v1/meetings/${meeting}/whep?name=Pest`;
  const client = new OtherStack(scenario.network.people, 'pester', url, token);
  scenario.at_end(() => client.end());
  await client.until('it pesters', ({feedback}) => feedback > 0);
  const stop = async () => {
    const {feedback} = client.last;
    await client.finish();
    return {feedback};
  };
  return {stop};
}

function upgrade_request(scenario, guest_url) {
  const {meeting, token} = parts_of(guest_url);
  const path = `/v1/meetings/${meeting}/join?name=Nobody`;
  const answer = JSON.parse(text_of(scenario, path, `Bearer ${token}`));
  return [
    `GET ${new URL(answer.signaling_url).pathname} HTTP/1.1`,
    `Host: ${page}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: sluice.v1, token.${answer.participant_token}`,
    '\r\n',
  ].join('\r\n');
}

// As the units have it: where cores are shared, the control plane gives way to media.
const options = {control_nice: 10};
await run_scenario('floods during a call', options, async (scenario) => {
  const {people, people_address} = scenario.network;
  const ada = await scenario.person('Ada Lovelace', {size: small_window});
  const grace = await scenario.person('Grace Hopper', {size: small_window});
  const freya = await scenario.person('Freya Stark', {size: small_window});
  const {guest_url} = await ada.make_meeting(scenario.sluice.home_url);
  await ada.join(guest_url);
  await grace.join(guest_url);
  await ada.until_sees([grace], joined_within_ms);
  await grace.until_sees([ada], joined_within_ms);

  // Pictures a second of the two: what each sends, and what the other receives of it.
  const frame_rates = async () => {
    const frames = async () => {
      const all = [];
      for (const [from, to] of [
        [ada, grace],
        [grace, ada],
      ]) {
        const sent = (await from.stat(from.name, 'camera')).frames;
        all.push({sent, received: (await to.stat(from.name, 'camera')).frames});
      }
      return all;
    };
    const begin_ms = performance.now();
    const before = await frames();
    await sleep_ms(measured_ms);
    const after = await frames();
    const seconds = (performance.now() - begin_ms) / 1000;
    return after.map(({sent, received}, index) => ({
      sent: (sent - before[index].sent) / seconds,
      received: (received - before[index].received) / seconds,
    }));
  };
  // Where the machine is busy a flood may stay below a budget; then all of it was looked at.
  const drops_of = (names) => {
    const drops = scenario.sluice.ctl('drops').node.ingress_drops;
    return names.reduce((sum, name) => sum + drops[name], 0);
  };
  const metric = (name) => {
    const lines = text_of(scenario, '/metrics').split('\n');
    return Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
  };
  const refused = (reason) => () => metric(`sluice_signaling_refused_total{reason="${reason}"}`);

  const sends = await transport_of(ada, 'publish');
  const receives = await transport_of(ada, 'receive');
  await watch_transports(ada);

  // `begin` starts one; `counted` reads what must grow by it, if Sluice counts it apart.
  const stand = async (title, begin, counted = null) => {
    const before = await frame_rates();
    for (const {sent, received} of before) {
      assert.ok(Math.min(sent, received) >= rate_min, `before ${title}: no pictures`);
    }
    const counted_before = counted?.();
    const running = await begin();
    const all_during = [];
    const is_good = ({received}, index) => received >= rate_share_min * before[index].received;
    const good = () => all_during.filter((rates) => rates.every(is_good)).length;
    const most = Math.ceil(measurements / 2);
    let report;
    try {
      await sleep_ms(500);
      while (good() < most && all_during.length - good() < most) {
        all_during.push(await frame_rates());
      }
      await freya.join(guest_url);
      await freya.until_sees([ada, grace], joined_within_ms);
      const shown = (await freya.participants()).map(({name}) => name);
      assert.ok(!shown.includes('Nobody'), `${title}: people are shown before their media is up`);
    } finally {
      report = await running.stop();
    }
    assert.ok(Object.values(report)[0] > 1000, `${title}: hardly a flood`);
    step(`${title}: ${JSON.stringify(report)}`);
    const text = (rates) =>
      rates
        .map(({sent, received}) => `${received.toFixed(1)} of ${sent.toFixed(1)}`)
        .join(' and ');
    const during = all_during.map(text).join(', ');
    step(`pictures a second: ${text(before)} before, ${during} meanwhile`);
    const seen = await ada.page.evaluate(() => globalThis.seen.splice(0));
    const why = seen.slice(-events_told).join(', ') || 'no event';
    for (const [which, {ufrag}] of Object.entries({publish: sends, receive: receives})) {
      const now = await transport_of(ada, which);
      const what = `${title}: the transport to ${which} was made anew: ${why}`;
      assert.equal(now.ufrag, ufrag, what);
    }
    if (counted) {
      await until(`${title} are counted`, () => counted() > counted_before).catch((error) => {
        console.log(scenario.sluice.ctl('drops').node.ingress_drops);
        throw error;
      });
    }
    assert.ok(good() >= most, `${title}: ${during} pictures a second`);
    await freya.leave();
    await freya.page.goto('about:blank');
    await sleep_ms(settling_ms);
    scenario.sluice.assert_sound();
  };

  const ada_sends = `${people_address}:${sends.port}`;
  const ada_receives = `${people_address}:${receives.port}`;
  const packets = (title, packet, to, from, counters) =>
    stand(
      title,
      () => flood.Flood.of_packets(people, packet, to, from),
      () => drops_of(counters),
    );
  await packets(
    'checks for nobody',
    flood.stun_check('nobody'),
    sends.node,
    null,
    ['drop_stun_stranger'],
  );
  await packets(
    'checks with a known fragment',
    flood.stun_check(sends.ufrag),
    sends.node,
    null,
    ['drop_stun_unauthenticated', 'drop_stun_budget'],
  );
  await packets(
    'checks with a known fragment from its own address',
    flood.stun_check(receives.ufrag),
    receives.node,
    ada_receives,
    ['drop_stun_unauthenticated', 'drop_stun_budget'],
  );
  await packets(
    'handshakes of strangers',
    flood.dtls_record(),
    sends.node,
    null,
    ['drop_dtls_stranger'],
  );
  await packets(
    "handshakes in somebody's name",
    flood.dtls_record(),
    receives.node,
    ada_receives,
    ['drop_dtls_budget', 'drop_punt_full'],
  );
  await packets(
    "media in somebody's name",
    flood.srtp_packet(sends.payload_type, sends.ssrc),
    sends.node,
    ada_sends,
    ['drop_auth_failed', 'drop_replayed', 'drop_srtp_budget'],
  );
  await packets(
    "feedback in somebody's name",
    flood.srtcp_packet(1),
    receives.node,
    ada_receives,
    ['drop_auth_failed', 'drop_rtcp_budget'],
  );

  const asked = () => metric('sluice_key_frames_asked_total{worker="0"}');
  const sent = () => metric('sluice_key_frames_sent_total{worker="0"}');
  const [asked_before, sent_before] = [asked(), sent()];
  await stand('feedback with the right keys', () => pester(scenario, guest_url), asked);
  const [more_asked, more_sent] = [asked() - asked_before, sent() - sent_before];
  step(`${more_asked} key frames were asked for, ${more_sent} requests went to publishers`);
  assert.ok(more_sent < more_asked / 10);

  const connections = (title, words, options, counted) =>
    stand(title, () => flood.Flood.of_connections(people, words, page, options), counted);
  await connections('slow requests', 'GET / HTTP/1.1\r\nX-Slow: ', {}, () =>
    metric('sluice_connections_dropped_total'),
  );
  await connections('endless requests', 'GET /', {endless: true}, refused('large_request'));
  await connections('what is no HTTP', 'HELO mail\r\n\r\n', {}, refused('bad_request'));
  const upgrade = upgrade_request(scenario, guest_url);
  await connections('WebSockets without a hello', upgrade, {}, refused('no_hello'));
  // A text frame (RFC 6455 s5.2) of a gigabyte.
  const giant = '\x81\xff\x00\x00\x00\x00\x40\x00\x00\x00mask';
  await connections(
    'giant messages',
    upgrade,
    {then: giant, endless: true},
    refused('large_message'),
  );

  const {meeting, token} = parts_of(guest_url);
  const offer = readFileSync(offer_file);
  const post = [
    `POST /v1/meetings/${meeting}/whip?name=Nobody HTTP/1.1`,
    `Host: ${page}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/sdp',
    `Content-Length: ${offer.length}`,
    `\r\n${offer}`,
  ].join('\r\n');
  await connections('publishers without media', post, {}, refused('no_media'));

  step('accounting');
  for (const person of [ada, grace]) await person.leave();
  assert_accounted(scenario.sluice, explained);
});
