// The network of a test, made and removed by it:
//
//   namespace people                                             namespace node
//   chromium, one page per person                                sluice-dataplane
//   sluice-control on 127.0.0.1                                    |
//     media 10.77.0.1/24 ================ veth =============== sluice (DPDK: 10.77.0.2)
//
// The two daemons sit in different namespaces: nothing but the region joins them. With `net_tap`
// the port of DPDK is the other end of `media` itself, so both sit in the first.

import {run} from './command.mjs';

export class Network {
  people = `sluice-people-${process.pid}`;
  node = `sluice-node-${process.pid}`; // where the data plane runs
  device; // its port
  people_interface = 'media';
  people_address;
  media_address;
  #prefix_length;

  // `driver`: net_af_packet, net_af_xdp, net_memif (whose peer carries the frames to and from
  // `sluice`) or net_tap. `family`: of all addresses, 4 or 6.
  constructor({driver = 'net_af_packet', family = 4} = {}) {
    const subnet = family === 4 ? '10.77.0.' : 'fd77::';
    this.people_address = `${subnet}1`;
    this.media_address = `${subnet}2`;
    this.#prefix_length = family === 4 ? 24 : 64;
    const ends = {net_tap: 'iface=media,persist=1', net_memif: 'role=server,id=0'};
    this.device = `${driver}0,${ends[driver] ?? 'iface=sluice'}`;
    if (driver === 'net_tap') this.node = this.people;
  }

  make() {
    for (const namespace of new Set([this.people, this.node])) {
      run('ip', 'netns', 'add', namespace);
      run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    }
    if (this.node === this.people) {
      run('ip', '-n', this.people, 'tuntap', 'add', 'dev', 'media', 'mode', 'tap', 'multi_queue');
    } else {
      const peer = ['peer', 'name', 'sluice', 'netns', this.node];
      run('ip', '-n', this.people, 'link', 'add', 'media', 'type', 'veth', ...peer);
      run('ip', '-n', this.node, 'link', 'set', 'sluice', 'up');
    }
    run('ip', '-n', this.people, 'link', 'set', 'media', 'up');
    this.#set_people_address(this.people_address);
  }

  // With its prefix length, as the configuration has it.
  get media_prefix() {
    return `${this.media_address}/${this.#prefix_length}`;
  }

  // The browsers' machine gets another address on the same interface, as after another DHCP lease.
  move_people(address) {
    run('ip', '-n', this.people, 'addr', 'flush', 'dev', 'media');
    this.#set_people_address(address);
  }

  #set_people_address(address) {
    const prefix = `${address}/${this.#prefix_length}`;
    run('ip', '-n', this.people, 'addr', 'add', prefix, 'dev', 'media', 'nodad');
    // A browser without any route to the world gathers no candidates.
    run('ip', '-n', this.people, 'route', 'replace', 'default', 'via', this.media_address);
  }

  // A NAT before these UDP ports of the browsers' machine forgets its bindings and makes others:
  // what they send comes from other ports, and what is sent to the old ones is lost.
  rebind(ports) {
    const list = `{ ${ports.join(', ')} }`;
    const rules = `table ip rebinding {
      chain out {
        type nat hook postrouting priority srcnat
        oifname media udp sport ${list} snat to 10.77.0.1:61000-61999
      }
      chain in {
        type filter hook prerouting priority raw
        iifname media udp dport ${list} drop
      }
    }`;
    run('ip', 'netns', 'exec', this.people, 'nft', rules);
    // What arrived while these rules were being made had its flow tracked, and so not translated.
    run('ip', 'netns', 'exec', this.people, 'conntrack', '-F');
  }

  // Removing a namespace removes its end of the veth pair, and so the pair.
  remove() {
    for (const namespace of new Set([this.people, this.node])) {
      try {
        run('ip', 'netns', 'del', namespace);
      } catch {
        // Never made.
      }
    }
  }
}
