// tools/quickstart as a person runs it, in a namespace that plays the machine.

import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';

import {ask, run, until} from './command.mjs';

const program = fileURLToPath(new URL('../../../tools/quickstart', import.meta.url));

export class Quickstart {
  url = '';
  #namespace;
  #instance = `net-${process.pid}`;
  #child = null;
  #said = '';
  #exit_code = null;

  constructor(namespace) {
    this.#namespace = namespace;
  }

  // Until it has printed its URL.
  async start(...flags) {
    this.#said = '';
    this.#exit_code = null;
    this.#child = this.#spawn(flags);
    this.#child.on('exit', (code) => {
      this.#exit_code = code;
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (text) => {
        this.#said += text;
      });
    }
    await until(
      'quickstart prints its URL',
      () => {
        assert.equal(this.#exit_code, null, `quickstart ended:\n${this.#said}`);
        [this.url] = /https?:\/\/\S+#key=\S+/.exec(this.#said) ?? [''];
        return this.url !== '' && this.#said.includes('Ctrl-C ends it');
      },
      {timeout_ms: 60000, describe: () => this.#said},
    );
  }

  // A second one is refused with a line that says which is in the way.
  assert_second_is_refused(...flags) {
    const second = ask('ip', ...this.#arguments(flags));
    assert.equal(second.code, 1);
  }

  // As Ctrl-C does; then nothing of it may be left.
  async stop() {
    if (this.#exit_code !== null || this.#child === null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGINT');
    await ended;
  }

  assert_nothing_left() {
    assert.ok(this.#said.includes('nothing is left behind'), this.#said);
    for (const path of [`/run/sluice-${this.#instance}`, `/dev/shm/sluice-${this.#instance}`]) {
      assert.ok(!existsSync(path), `${path} is left behind`);
      assert.ok(!existsSync(`${path}.lock`), `${path}.lock is left behind`);
    }
    const links = run('ip', '-n', this.#namespace, '-o', 'link');
    assert.ok(!/^\d+: sluice/m.test(links), `left behind: ${links}`);
    assert.equal(
      run('ip', 'netns', 'pids', this.#namespace).trim(),
      '',
      'processes are left behind',
    );
  }

  get output() {
    return this.#said;
  }

  #arguments(flags) {
    return [
      'netns',
      'exec',
      this.#namespace,
      program,
      '--use-build',
      process.env.SLUICE_BUILD,
      '--instance',
      this.#instance,
      ...flags,
    ];
  }

  #spawn(flags) {
    return spawn('ip', this.#arguments(flags), {stdio: ['ignore', 'pipe', 'pipe']});
  }
}
