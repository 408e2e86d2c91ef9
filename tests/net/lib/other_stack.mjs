// A client that is no browser, in a namespace: aiortc of Debian's python3-aiortc, over WHIP
// or WHEP.

import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

import {stop, until} from './command.mjs';

const python = '/usr/bin/python3'; // the system's, whose packages are Debian's
const program = fileURLToPath(new URL('../scenarios/other_stack_client.py', import.meta.url));

export class OtherStack {
  // What it said last: {frames, audio_frames, peak, wall, connection, ...}.
  last = {};
  #child;

  // `action`: 'publish' or 'play'; `wall`: [r, g, b] that it shows.
  constructor(namespace, action, url, token, wall = [0, 0, 0]) {
    this.#child = spawn('ip', ['netns', 'exec', namespace, python, program, action, url, token], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {...process.env, WALL: wall.join(',')},
    });
    createInterface({input: this.#child.stdout}).on('line', (line) => {
      this.last = {...this.last, ...JSON.parse(line)};
    });
  }

  until(what, check, timeout_ms = 20000) {
    const describe = () => ({...this.last, text: undefined});
    return until(what, () => check(this.last), {timeout_ms, describe});
  }

  restart_ice() {
    this.#child.stdin.write('restart\n');
  }

  // As a client that is done: it deletes its session. Returns what the server answered.
  async finish() {
    this.#child.stdin.end();
    await this.until('the session is deleted', ({deleted}) => deleted);
    return this.last.deleted;
  }

  // Without a word, like a machine whose power fails.
  kill() {
    this.#child.kill('SIGKILL');
  }

  async end() {
    await stop(this.#child);
  }
}
