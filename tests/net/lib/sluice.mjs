// One instance of Sluice in the network of the test: configuration, both daemons, sluicectl.

import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {cpus, tmpdir} from 'node:os';
import {fileURLToPath} from 'node:url';

import {ask, kill, run, start, stop, until} from './command.mjs';

const build = process.env.SLUICE_BUILD;
const web_root = fileURLToPath(new URL('../../../tools/webclient', import.meta.url));
const page_port = 8080;
const nobody = Number(run('id', '-u', 'nobody'));
const nogroup = Number(run('id', '-g', 'nobody'));
export const api_key = 'net-test-key-0123456789abcdef';

export const turn_secret = 'net-test-turn-secret';

export class Sluice {
  directory = mkdtempSync(join(tmpdir(), 'sluice-net-'));
  region = `/dev/shm/sluice-net-${process.pid}`;
  origin = `http://127.0.0.1:${page_port}`;
  origin_for_all;
  home_url = `${this.origin}/#key=${api_key}`;
  #network;
  #nice;
  #config = join(this.directory, 'sluice.yaml');
  #dataplane = null;
  #control = null;
  #ice_tcp = null;

  // `srtp_profiles`: in order of preference, all by default. `page_for_all`: other namespaces reach
  // the page, too. `turn_url`: of a server that was given `turn_secret`. `ice_tcp_port`: where
  // start_ice_tcp() takes clients, beside the page.
  // `workers`: of the data plane.
  // `nice`: of the daemons, below 0 where a moment without the processor would look like a fault.
  // (Browsers set that of their own processes.) `control_nice`: of the control plane.
  constructor(network, {nice = 0, control_nice = nice, ...options} = {}) {
    this.#network = network;
    this.#nice = {'sluice-dataplane': nice, 'sluice-control': control_nice, 'sluice-ice-tcp': nice};
    this.origin_for_all = `http://${network.people_address}:${page_port}`;
    chmodSync(this.directory, 0o755);
    // A clone may lie where the unprivileged control plane may not look.
    cpSync(web_root, join(this.directory, 'web'), {recursive: true});
    const state = join(this.directory, 'state');
    mkdirSync(state, {mode: 0o700});
    chownSync(state, nobody, nogroup);
    const key_file = join(this.directory, 'api_key');
    writeFileSync(key_file, `${api_key}\n`, {mode: 0o600});
    chownSync(key_file, nobody, nogroup);
    const secret_file = join(this.directory, 'turn.secret');
    writeFileSync(secret_file, `${turn_secret}\n`, {mode: 0o600});
    chownSync(secret_file, nobody, nogroup);
    mkdirSync(this.region, {mode: 0o750});
    chownSync(this.region, 0, nogroup);
    writeFileSync(this.#config, this.#configuration(options));
  }

  async start() {
    this.start_dataplane();
    await this.#until_ready(
      'the region',
      this.#dataplane,
      'sluice-dataplane.log',
      () => ask(this.#ctl, '--config', this.#config, 'table', 'check').code === 0,
    );
    this.start_control();
    await this.#until_ready(
      '/healthz',
      this.#control,
      'sluice-control.log',
      () => this.#health() === '200',
    );
  }

  // These return at once.
  start_dataplane() {
    this.#dataplane = this.#start_daemon(this.#network.node, 'dataplane/sluice-dataplane');
  }

  // When the data plane said last that it is ready, by its own log.
  dataplane_ready_at_ms() {
    const log = readFileSync(join(this.directory, 'sluice-dataplane.log'), 'utf8');
    const lines = log.split('\n').filter((line) => / dataplane ready /.test(line));
    return Date.parse(lines.at(-1).split(' ')[0]);
  }

  start_control() {
    this.#control = this.#start_daemon(
      this.#network.people,
      'controlplane/sluice-control',
      '--user',
      'nobody',
    );
  }

  start_ice_tcp() {
    this.#ice_tcp = this.#start_daemon(
      this.#network.people,
      'controlplane/sluice-ice-tcp',
      '--user',
      'nobody',
    );
  }

  kill_dataplane() {
    return kill(this.#dataplane);
  }

  kill_control() {
    return kill(this.#control);
  }

  async stop() {
    if (this.#ice_tcp) await stop(this.#ice_tcp);
    await stop(this.#control);
    await stop(this.#dataplane);
  }

  // After stop(): nothing of it stays on the machine.
  remove() {
    rmSync(this.directory, {recursive: true, force: true});
    rmSync(this.region, {recursive: true, force: true});
  }

  // The parsed --json output of a command: ctl('drops').
  ctl(...command) {
    const {stdout} = ask(this.#ctl, '--config', this.#config, '--json', ...command);
    return JSON.parse(stdout);
  }

  // Both daemons still run, and the tables validate.
  assert_sound() {
    for (const [name, child] of [
      ['sluice-dataplane', this.#dataplane],
      ['sluice-control', this.#control],
    ]) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(
          `${name} ended by itself (${child.exitCode ?? child.signalCode})\n${this.logs()}`,
        );
      }
    }
    run(this.#ctl, '--config', this.#config, 'table', 'check');
  }

  logs() {
    return ['sluice-dataplane.log', 'sluice-control.log', 'sluice-ice-tcp.log']
      .filter((name) => existsSync(join(this.directory, name)))
      .map((name) => {
        const lines = readFileSync(join(this.directory, name), 'utf8').trimEnd().split('\n');
        return `--- ${name} ---\n${lines.slice(-40).join('\n')}`;
      })
      .join('\n');
  }

  get #ctl() {
    return join(build, 'tools/sluicectl/sluicectl');
  }

  #start_daemon(namespace, program, ...more) {
    const name = program.split('/').pop();
    const log = openSync(join(this.directory, `${name}.log`), 'a');
    const daemon = [join(build, program), '--config', this.#config, ...more];
    const command = ['ip', 'netns', 'exec', namespace, ...daemon];
    return start('nice', ['-n', this.#nice[name], ...command], log);
  }

  async #until_ready(what, child, log, check) {
    await until(
      `${what} is ready`,
      () => {
        if (child.exitCode !== null) {
          throw new Error(`ended at start: ${readFileSync(join(this.directory, log), 'utf8')}`);
        }
        return check();
      },
      {timeout_ms: 30000},
    ).catch((error) => {
      throw new Error(`${error.message}\n${readFileSync(join(this.directory, log), 'utf8')}`);
    });
  }

  // The page lives in another namespace than this process, so a program there asks for it.
  #health() {
    const program = `fetch('${this.origin}/healthz').then((r) => console.log(r.status), () => {})`;
    return ask(
      'ip',
      'netns',
      'exec',
      this.#network.people,
      process.execPath,
      '-e',
      program,
    ).stdout.trim();
  }

  #configuration({
    srtp_profiles = null,
    page_for_all = false,
    turn_url = null,
    ice_tcp_port = 0,
    workers = 1,
    addresses = [this.#network.media_prefix],
    advertise = [],
  }) {
    const cores = [...cpus().keys()].slice(-workers);
    const listen = [`{address: 127.0.0.1, port: ${page_port}}`];
    const address = this.#network.people_address;
    const listed = (texts) => texts.map((text) => `"${text}"`).join(', ');
    if (page_for_all) {
      listen.push(`{address: ${address}, port: ${page_port}, plain_http_anywhere: true}`);
    }
    return `instance: net-${process.pid}
region: {directory: ${this.region}}
dataplane:
  workers: {cores: [${cores.join(', ')}]}
  idle: {sleep_us: 500}
  hugepages: false
  memory_mib: 256
  ports:
    - name: media
      device: ${this.#network.device}
      addresses: [${listed(addresses)}]
      advertise: [${listed(advertise)}]
control:
  listen: [${listen.join(', ')}]
  web_root: ${this.directory}/web
  state_directory: ${this.directory}/state
  admin_socket: ${this.directory}/state/admin.sock
  journal: ${this.directory}/state/control.journal
  api_key_files: [${this.directory}/api_key]
${srtp_profiles ? `  srtp_profiles: [${srtp_profiles.join(', ')}]` : ''}
${turn_url ? `  turn: {urls: ["${turn_url}"], secret_file: ${this.directory}/turn.secret}` : ''}
${ice_tcp_port ? `ice_tcp: {listen: [{address: ${address}, port: ${ice_tcp_port}}]}` : ''}
`;
  }
}
