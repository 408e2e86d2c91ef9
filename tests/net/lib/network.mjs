// The network of a test, made and removed by it:
//
//   namespace people                                             namespace node
//   chromium, one page per person                                sluice-dataplane
//   sluice-control on 127.0.0.1                                    |
//     media 10.77.0.1/24 ================ veth =============== sluice (DPDK: 10.77.0.2)
//
// The two daemons sit in different namespaces: nothing but the region joins them.

import {run} from './command.mjs';

export class Network {
  people = `sluice-people-${process.pid}`;
  node = `sluice-node-${process.pid}`;
  media_interface = 'sluice';
  people_address = '10.77.0.1';
  media_address = '10.77.0.2';

  make() {
    for (const namespace of [this.people, this.node]) {
      run('ip', 'netns', 'add', namespace);
      run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    }
    run(
      'ip',
      '-n',
      this.people,
      'link',
      'add',
      'media',
      'type',
      'veth',
      'peer',
      'name',
      this.media_interface,
      'netns',
      this.node,
    );
    run('ip', '-n', this.people, 'addr', 'add', `${this.people_address}/24`, 'dev', 'media');
    run('ip', '-n', this.people, 'link', 'set', 'media', 'up');
    run('ip', '-n', this.node, 'link', 'set', this.media_interface, 'up');
    // A browser without any route to the world gathers no candidates.
    run('ip', '-n', this.people, 'route', 'add', 'default', 'via', this.media_address);
  }

  // The browsers' machine gets another address on the same interface, as after another DHCP lease.
  move_people(address) {
    run('ip', '-n', this.people, 'addr', 'flush', 'dev', 'media');
    run('ip', '-n', this.people, 'addr', 'add', `${address}/24`, 'dev', 'media');
    run('ip', '-n', this.people, 'route', 'replace', 'default', 'via', this.media_address);
  }

  // Removing a namespace removes its end of the veth pair, and so the pair.
  remove() {
    for (const namespace of [this.people, this.node]) {
      try {
        run('ip', 'netns', 'del', namespace);
      } catch {
        // Never made.
      }
    }
  }
}
