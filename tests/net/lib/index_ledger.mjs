// Every SRTP index that Sluice uses on the wire, read beside the browsers (index_ledger.py).

import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const program = fileURLToPath(new URL('index_ledger.py', import.meta.url));

export class IndexLedger {
  #child;
  #output = '';

  // `namespace` and `interface_name`: where the browsers' end of the media network is.
  async start(namespace, interface_name, sluice_address) {
    this.#child = spawn(
      'ip',
      ['netns', 'exec', namespace, 'python3', program, interface_name, sluice_address],
      {stdio: ['pipe', 'pipe', 'inherit']},
    );
    await new Promise((resolve, reject) => {
      this.#child.once('exit', () => reject(new Error('index_ledger.py does not run')));
      this.#child.stdout.on('data', (text) => {
        this.#output += text;
        resolve();
      });
    });
  }

  // Of a scenario that failed: nobody asks for the numbers.
  abandon() {
    this.#child?.kill('SIGKILL');
  }

  // {rtp, rtcp, streams, reused}
  async stop() {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    await ended;
    return JSON.parse(this.#output.slice(this.#output.indexOf('{')));
  }
}
