// Somebody in a browser page: what a person does, and what a person would see.

import assert from 'node:assert/strict';

import {launch_browser} from './browser.mjs';
import {owner_of_wall} from './camera.mjs';
import {until} from './command.mjs';

export const laptop = {width: 1366, height: 768};
export const phone = {width: 390, height: 844};
export const window = {width: 800, height: 450}; // a quarter of a laptop's pixels to paint
export const small_window = {width: 520, height: 300}; // and less than half of that

// Runs in the page.
function deny_codecs(names) {
  const original = RTCRtpReceiver.getCapabilities.bind(RTCRtpReceiver);
  RTCRtpReceiver.getCapabilities = (kind) => {
    const capabilities = original(kind);
    const is_known = ({mimeType}) => !names.includes(mimeType.split('/')[1]);
    return {...capabilities, codecs: capabilities.codecs.filter(is_known)};
  };
}

// Runs in the page, of somebody who should be in a meeting.
function where_it_stands() {
  const {sluice} = globalThis;
  const transports = Object.entries(sluice?.peers() ?? {}).map(([name, peer]) => [
    name,
    peer && `${peer.signalingState}, ${peer.iceConnectionState}, ${peer.connectionState}`,
  ]);
  return {
    connection: sluice?.connection ?? 'not tried',
    transports: Object.fromEntries(transports),
    page: document.body.innerText.slice(0, 300),
  };
}

export class Person {
  name;
  index; // of the painted camera
  page;
  #browser;
  #complaints = [];

  constructor(name, index = 0) {
    this.name = name;
    this.index = index;
  }

  // With a browser of its own in this namespace, its files below `directory`. `cannot_decode`:
  // names of codecs that this browser denies to know. `trusts`: an origin that may use the camera
  // without TLS.
  async open({namespace, directory, size = laptop, cannot_decode = [], camera = {}, trusts}) {
    const {index} = this;
    this.#browser = await launch_browser({namespace, directory, index, camera, trusts});
    const context = await this.#browser.newContext({
      viewport: size,
      hasTouch: size.width < 500,
      ignoreHTTPSErrors: true, // quickstart makes its own certificate
      permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
    });
    if (cannot_decode.length > 0) await context.addInitScript(deny_codecs, cannot_decode);
    this.page = await context.newPage();
    this.page.on('pageerror', (error) => this.#complaints.push(error.stack ?? error.message));
    this.page.on('console', (message) => {
      if (message.type() === 'error') this.#complaints.push(message.text());
    });
  }

  async close() {
    await this.#browser?.close();
  }

  // Makes a meeting with the URL that holds the API key: {host_url, guest_url}.
  async make_meeting(home_url) {
    await this.page.goto(home_url);
    await this.press('New meeting');
    const link = (name) => this.page.locator(`[data-name="${name}"]`).inputValue();
    return {host_url: await link('host_link'), guest_url: await link('guest_link')};
  }

  // Through the lobby into the meeting.
  async join(link) {
    await this.page.goto(link);
    await this.enter();
  }

  async wait_in_lobby(link) {
    await this.page.goto(link);
    await this.page.getByRole('button', {name: 'Turn the camera off'}).waitFor();
  }

  // From the lobby.
  async enter() {
    await this.say_name();
    await this.page.getByRole('button', {name: 'Join', exact: true}).click();
    await this.#until_connected();
  }

  // From the lobby, with the name said: as soon as the server that this page came from answers and
  // has a data plane.
  async enter_when_served(timeout_ms = 10000) {
    const enter_if_served = async () => {
      const served = await fetch('/healthz').then(
        ({ok}) => ok,
        () => false,
      );
      if (served) document.querySelector('.lobby_form button[type=submit]').click();
      return served;
    };
    const is_served = () => this.page.evaluate(enter_if_served);
    await until(`${this.name} is served`, is_served, {timeout_ms, every_ms: 50});
    await this.#until_connected();
  }

  // In the lobby, where the camera opens.
  async say_name() {
    await this.page.getByLabel('Your name').fill(this.name);
    await this.page.getByRole('button', {name: 'Turn the camera off'}).waitFor();
  }

  async #until_connected() {
    const is_connected = () => globalThis.sluice?.connection === 'connected';
    try {
      await this.page.waitForFunction(is_connected, null, {timeout: 20000});
    } catch (error) {
      const where = await this.page.evaluate(where_it_stands);
      throw new Error(`${this.name} does not get in: ${JSON.stringify(where)}`, {cause: error});
    }
  }

  // A button of the bar by what it says: `press('Turn the microphone off')`.
  press(label) {
    return this.page.getByRole('button', {name: label, exact: true}).click();
  }

  async leave() {
    await this.press('Leave');
    await this.page.getByRole('heading', {name: 'You left the meeting'}).waitFor();
  }

  participants() {
    return this.page.evaluate(() => globalThis.sluice.participants());
  }

  tiles() {
    return this.page.evaluate(() => globalThis.sluice.tiles());
  }

  // Over its WebSocket and both transports.
  is_connected() {
    return this.page.evaluate(() => globalThis.sluice.connection === 'connected');
  }

  // Numbers per source, with the name of whom they belong to.
  stats() {
    return this.page.evaluate(async () => {
      const names = new Map(globalThis.sluice.participants().map(({id, name}) => [id, name]));
      const rows = await globalThis.sluice.stats();
      return rows.map((row) => ({name: names.get(row.participant_id), ...row}));
    });
  }

  // The numbers of one source of somebody, or undefined.
  async stat(name, source) {
    return (await this.stats()).find((row) => row.name === name && row.source === source);
  }

  // Pictures of somebody's camera that came whole, whether there was time to decode them or not; of
  // the own camera those that were sent.
  async whole_pictures(name) {
    const {own, mid} = await this.stat(name, 'camera');
    return this.page.evaluate(
      async ([transport, mid]) => {
        const stats = await globalThis.sluice.peers()[transport].getStats();
        return [...stats.values()]
          .filter((stat) => stat.mid === mid)
          .reduce((sum, stat) => sum + (stat.framesReceived ?? stat.framesSent ?? 0), 0);
      },
      [own ? 'publish' : 'receive', mid],
    );
  }

  // {candidateType, protocol, port, ...} of the pair that carries a transport; types are 'host',
  // 'prflx', 'relay'.
  local_candidate(transport) {
    return this.#candidate(transport, 'localCandidateId');
  }
  remote_candidate(transport) {
    return this.#candidate(transport, 'remoteCandidateId');
  }
  #candidate(transport, side) {
    return this.page.evaluate(
      async ([name, id]) => {
        const stats = await globalThis.sluice.peers()[name].getStats();
        const all = [...stats.values()];
        const {selectedCandidatePairId} = all.find(({type}) => type === 'transport');
        return stats.get(stats.get(selectedCandidatePairId)[id]);
      },
      [transport, side],
    );
  }

  // Of each tile with a picture the name and the average colour at its edge, [r, g, b]: what is
  // really drawn, and for whom it stands. All of one moment.
  pictures() {
    return this.page.evaluate(() => {
      const canvas = new OffscreenCanvas(8, 8);
      const paint = canvas.getContext('2d', {willReadFrequently: true});
      const colour_of = (video) => {
        paint.drawImage(video, 0, 0, video.videoWidth * 0.12, video.videoHeight * 0.2, 0, 0, 8, 8);
        const {data} = paint.getImageData(0, 0, 8, 8);
        const sum = [0, 0, 0];
        for (let pixel = 0; pixel < 64; ++pixel) {
          for (let channel = 0; channel < 3; ++channel) sum[channel] += data[pixel * 4 + channel];
        }
        return sum.map((channel) => Math.round(channel / 64));
      };
      return [...document.querySelectorAll('.tile.has_video')]
        .map((tile) => ({
          label: tile.querySelector('.tile_name_text').textContent,
          video: tile.querySelector('video'),
        }))
        .filter(({video}) => video?.videoWidth > 0)
        .map(({label, video}) => ({label, colour: colour_of(video)}));
    });
  }

  async colour_of_tile(label) {
    return (await this.pictures()).find((picture) => picture.label === label)?.colour ?? null;
  }

  // Whose painted camera is in a tile: its index, or -1.
  async whose_picture(label) {
    const seen = await this.colour_of_tile(label);
    return seen ? owner_of_wall(seen) : -1;
  }

  // From the arrival of a frame to its picture in that tile, ms: of the next one that is shown.
  delay_to_screen_ms(label) {
    return this.page.evaluate(
      (label) =>
        new Promise((resolve) => {
          const tile = [...document.querySelectorAll('.tile')].find(
            (node) => node.querySelector('.tile_name_text').textContent === label,
          );
          tile.querySelector('video').requestVideoFrameCallback((now, frame) => {
            resolve(frame.presentationTime - frame.receiveTime);
          });
        }),
      label,
    );
  }

  // Asks the server as somebody who holds this token or key: {status, body}.
  ask(method, path, token, body) {
    return this.page.evaluate(
      async ([method, path, token, body]) => {
        const headers = {Authorization: `Bearer ${token}`};
        const answer = await fetch(path, {method, headers, body: JSON.stringify(body)});
        return {status: answer.status, body: await answer.json()};
      },
      [method, path, token, body],
    );
  }

  // The UDP ports that its transports use.
  media_ports() {
    return this.page.evaluate(async () => {
      const ports = [];
      for (const peer of Object.values(globalThis.sluice.peers())) {
        const stats = await peer.getStats();
        for (const stat of stats.values()) {
          const pair = stat.type === 'transport' && stats.get(stat.selectedCandidatePairId);
          if (pair) ports.push(stats.get(pair.localCandidateId).port);
        }
      }
      return ports;
    });
  }

  // Marks the peer connections; is_on_marked_peers() tells whether they are still the same.
  mark_peers() {
    return this.page.evaluate(() => {
      globalThis.marked_peers = globalThis.sluice.peers();
    });
  }

  is_on_marked_peers() {
    return this.page.evaluate(() => {
      const {publish, receive} = globalThis.sluice.peers();
      const {marked_peers} = globalThis;
      return publish === marked_peers.publish && receive === marked_peers.receive;
    });
  }

  // Versions of both descriptions of both transports (RFC 8866 s5.2): they step with each exchange.
  negotiations() {
    return this.page.evaluate(() =>
      Object.values(globalThis.sluice.peers()).flatMap((peer) =>
        [peer.localDescription, peer.remoteDescription].map(
          ({sdp}) => sdp.match(/^o=.*$/m)[0].trim(),
        ),
      ),
    );
  }

  // Sees and hears these people: their pictures are drawn and decoded, their voices arrive.
  async until_sees(people, timeout_ms = 15000) {
    await until(
      `${this.name} sees and hears ${people.map(({name}) => name).join(', ')}`,
      async () => {
        const tiles = await this.tiles();
        const stats = await this.stats();
        return people.every(({name}) => {
          const row = (source) =>
            stats.find((entry) => entry.name === name && entry.source === source);
          return (
            tiles.some((tile) => tile.label === name && tile.shows_video) &&
            row('camera')?.frames > 0 &&
            row('microphone')?.packets > 0
          );
        });
      },
      {
        timeout_ms,
        describe: async () => ({
          tiles: await this.tiles(),
          participants: await this.participants(),
          stats: await this.stats(),
          complaints: this.#complaints,
        }),
      },
    );
  }

  forget_complaints() {
    this.#complaints.length = 0;
  }

  // What the page's console complained about.
  assert_content() {
    assert.deepEqual(this.#complaints, [], `the page of ${this.name} reported errors`);
  }
}
