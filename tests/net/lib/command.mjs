// Runs programs of the test machine.

import {execFileSync, spawn} from 'node:child_process';

// Waits for the end; throws with what the program said. Returns its standard output.
export function run(program, ...args) {
  try {
    return execFileSync(program, args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')}: ${error.stderr || error.message}`);
  }
}

// Like run(), for programs whose exit code is an answer: {code, stdout}.
export function ask(program, ...args) {
  try {
    const stdout = execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return {code: 0, stdout};
  } catch (error) {
    return {code: error.status ?? -1, stdout: error.stdout ?? ''};
  }
}

// Starts a daemon that writes into `log` (a file descriptor).
export function start(program, args, log) {
  return spawn(program, args, {stdio: ['ignore', log, log]});
}

// Ends a process that start() gave: asks, and insists after `patience_ms`.
export async function stop(child, patience_ms = 5000) {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patience_ms);
  await ended;
  clearTimeout(timer);
}

// Ends a process that start() gave as a crash would: at whatever instruction it is.
export async function kill(child) {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

export const sleep_ms = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Polls until `check` gives something truthy and returns it; throws after `timeout_ms`, naming
// `what` and the last answer of `describe`.
export async function until(what, check, {timeout_ms = 10000, every_ms = 200, describe} = {}) {
  const end_ms = Date.now() + timeout_ms;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > end_ms) {
      const state = describe ? `; now: ${JSON.stringify(await describe())}` : '';
      throw new Error(`not within ${timeout_ms} ms: ${what}${state}`);
    }
    await sleep_ms(every_ms);
  }
}
