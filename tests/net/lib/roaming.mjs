// Somebody whose way to Sluice changes, in a namespace of their own:
//
//   namespace roamer                     namespace people: routes, and translates UDP as a NAT does
//   chromium
//     wifi 10.78.0.2/24 ==== veth ====== wifi 10.78.0.1
//     lte  10.79.0.2/24 ==== veth ====== lte  10.79.0.1
//                                        media 10.77.0.1, the page on port 8080 ==== sluice
//
// Each interface answers from its own address (policy routing), as a phone's do.

import {run, sleep_ms} from './command.mjs';

const subnet_of = {wifi: '10.78.0', lte: '10.79.0'};
const metric_of = {wifi: 100, lte: 200};
const table_of = {wifi: 78, lte: 79};

export class Roaming {
  namespace = `sluice-roamer-${process.pid}`;
  #router;
  #mappings = 0;
  #media_interface = '';

  // `network`: a Network that was made.
  constructor(network) {
    this.#router = network.people;
  }

  // `interfaces`: those that are up at the beginning.
  make(interfaces) {
    run('ip', 'netns', 'add', this.namespace);
    this.#inside('link', 'set', 'lo', 'up');
    run('ip', 'netns', 'exec', this.#router, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
    for (const name of Object.keys(subnet_of)) {
      const peer = ['peer', 'name', name, 'netns', this.namespace];
      this.#outside('link', 'add', name, 'type', 'veth', ...peer);
      this.#outside('addr', 'add', `${subnet_of[name]}.1/24`, 'dev', name);
      this.#outside('link', 'set', name, 'up');
    }
    this.#nft('add table ip roaming');
    this.#nft('add chain ip roaming forward { type filter hook forward priority 0; }');
    this.#nft('add chain ip roaming input { type filter hook input priority 0; }');
    this.#nft('add chain ip roaming output { type filter hook output priority 0; }');
    this.#nft('add chain ip roaming mapping { type nat hook postrouting priority 100; }');
    this.rebind();
    for (const name of interfaces) this.#up(name, 2);
  }

  // The NAT forgets its mappings: what comes next leaves from other ports.
  rebind() {
    const first = 20000 + (this.#mappings++ % 4) * 5000;
    this.#nft('flush chain ip roaming mapping');
    this.#nft(`add rule ip roaming mapping ip saddr 10.78.0.0/15 ip protocol udp oifname "media" \
snat to 10.77.0.1:${first}-${first + 4999}`);
    run('ip', 'netns', 'exec', this.#router, 'conntrack', '-F');
  }

  // With several up the browser chooses.
  async find_media_interface() {
    const sent = (name) => {
      const file = `/sys/class/net/${name}/statistics/tx_bytes`;
      return Number(run('ip', 'netns', 'exec', this.namespace, 'cat', file));
    };
    const names = Object.keys(subnet_of);
    const before = names.map(sent);
    await sleep_ms(500);
    const grown = names.map((name, index) => sent(name) - before[index]);
    this.#media_interface = names[grown[0] > grown[1] ? 0 : 1];
  }

  // Nothing passes it any more, and nobody is told.
  lose_media_interface() {
    const name = this.#media_interface;
    for (const chain of ['forward', 'input']) {
      this.#nft(`add rule ip roaming ${chain} iifname "${name}" drop`);
    }
    for (const chain of ['forward', 'output']) {
      this.#nft(`add rule ip roaming ${chain} oifname "${name}" drop`);
    }
  }

  // A firewall that lets nothing out but TCP.
  forbid_udp() {
    for (const chain of ['forward', 'input']) {
      this.#nft(`add rule ip roaming ${chain} iifname {"wifi", "lte"} ip protocol udp drop`);
    }
  }

  bring_up(name) {
    this.#up(name, 2);
  }

  take_down(name) {
    this.#inside('link', 'set', name, 'down');
  }

  // Another address on the same interface, as after another DHCP lease.
  change_address(name) {
    this.#inside('addr', 'flush', 'dev', name);
    this.#up(name, 9);
  }

  remove() {
    try {
      run('ip', 'netns', 'del', this.namespace);
    } catch {
      // Never made.
    }
  }

  #up(name, host) {
    const [subnet, table] = [subnet_of[name], table_of[name]];
    const address = `${subnet}.${host}`;
    this.#inside('addr', 'add', `${address}/24`, 'dev', name);
    this.#inside('link', 'set', name, 'up');
    const way = ['default', 'via', `${subnet}.1`, 'dev', name];
    this.#inside('route', 'replace', ...way, 'metric', metric_of[name]);
    this.#inside('route', 'replace', ...way, 'table', table);
    this.#inside('rule', 'add', 'from', address, 'table', table);
  }

  #inside(...command) {
    run('ip', '-n', this.namespace, ...command);
  }

  #outside(...command) {
    run('ip', '-n', this.#router, ...command);
  }

  #nft(command) {
    run('ip', 'netns', 'exec', this.#router, 'nft', command);
  }
}
