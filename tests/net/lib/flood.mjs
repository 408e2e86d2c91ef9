// Floods from the people's namespace: what they are made of, and the programs that send them.

import {spawn} from 'node:child_process';
import {join} from 'node:path';

import {stop} from './command.mjs';

const seconds_max = 60;
const packets_max = 30_000_000;

const bytes = (...values) => Buffer.from(values);

function be16(value) {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

function be32(value) {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

// {bytes, random}: a datagram, and [offset, length] of what is random in each of them.

// A check (RFC 8489) in the name of a fragment, with an integrity that nobody computed.
export function stun_check(ufrag) {
  const username = Buffer.from(`${ufrag}:someone`);
  const padding = Buffer.alloc((4 - (username.length % 4)) % 4);
  const attributes = Buffer.concat([
    ...[be16(0x0006), be16(username.length), username, padding],
    ...[be16(0x802a), be16(8), Buffer.alloc(8)],
    ...[be16(0x0008), be16(20), Buffer.alloc(20)],
  ]);
  const header = [be16(0x0001), be16(attributes.length), be32(0x2112a442), Buffer.alloc(12)];
  const message = Buffer.concat([...header, attributes]);
  return {
    bytes: message,
    random: [
      [8, 12],
      [message.length - 20, 20],
    ],
  };
}

// A handshake record (RFC 6347 s4.1) of the first epoch.
export function dtls_record() {
  const header = Buffer.concat([bytes(22, 0xfe, 0xfd), Buffer.alloc(8), be16(64)]);
  return {bytes: Buffer.concat([header, Buffer.alloc(64)]), random: [[header.length, 64]]};
}

// Media of a known source with any number and no valid tag.
export function srtp_packet(payload_type, ssrc) {
  const header = Buffer.concat([bytes(0x80, payload_type), Buffer.alloc(6), be32(ssrc)]);
  return {
    bytes: Buffer.concat([header, Buffer.alloc(200)]),
    random: [
      [2, 6],
      [12, 200],
    ],
  };
}

// Feedback of a known sender: a key-frame request (RFC 4585 s6.3.1) without a valid tag.
export function srtcp_packet(ssrc) {
  const header = Buffer.concat([bytes(0x81, 206), be16(2), be32(ssrc)]);
  return {bytes: Buffer.concat([header, Buffer.alloc(24)]), random: [[8, 24]]};
}

export class Flood {
  #child;
  #said = '';

  constructor(namespace, program, args) {
    const command = ['nice', '-n', '19', join(process.env.SLUICE_BUILD, 'tests/net', program)];
    this.#child = spawn(
      'ip',
      ['netns', 'exec', namespace, ...command, '--seconds', seconds_max, ...args],
      {stdio: ['ignore', 'pipe', 'inherit']},
    );
    this.#child.stdout.on('data', (text) => (this.#said += text));
  }

  // `to` and `from`: 'ADDRESS:PORT'; without `from` each comes from somewhere else.
  static of_packets(namespace, {bytes: payload, random}, to, from) {
    return new Flood(namespace, 'packet_flood', [
      ...['--to', to, '--packets', packets_max, '--payload', payload.toString('hex')],
      ...random.flatMap(([offset, length]) => ['--random', `${offset}:${length}`]),
      ...(from ? ['--from', from] : []),
    ]);
  }

  // Connections from another address of the same machine that say `words`, and after an answer
  // `then`, and stay; `endless`: and never stop talking.
  static of_connections(namespace, words, to, {then = '', endless = false} = {}) {
    const hexadecimal = (text) => Buffer.from(text, 'latin1').toString('hex');
    return new Flood(namespace, 'connection_flood', [
      ...['--to', to, '--from', '127.0.0.2', '--say', hexadecimal(words)],
      ...(then ? ['--then', hexadecimal(then)] : []),
      ...(endless ? ['--endless'] : []),
    ]);
  }

  // What it says of itself: {packets, seconds} or {connections, seconds}.
  async stop() {
    await stop(this.#child);
    return JSON.parse(this.#said || '{}');
  }
}
