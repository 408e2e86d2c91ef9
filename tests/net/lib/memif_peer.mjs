// The other end of a memif port, where a switch in user space would be: testpmd of DPDK, which
// carries every frame between it and an interface of the namespace.

import {openSync} from 'node:fs';

import {start} from './command.mjs';

// `device`: the interface. It polls without pause, so it takes what the others leave it: on either
// core, below them. End it with stop().
export function start_memif_peer(namespace, device, log_file) {
  const eal = ['--lcores=0@(0,1),1@(0,1)', '--no-huge', '-m', '256', '--no-pci', '--no-shconf'];
  const ports = ['--vdev=net_memif0,role=client,id=0', `--vdev=net_af_packet0,iface=${device}`];
  // Counts are printed so seldom that a test does not live to see it: else it reads a terminal.
  const forward = ['--forward-mode=io', '--auto-start', '--stats-period=3600'];
  const command = ['dpdk-testpmd', ...eal, ...ports, '--', ...forward, '--total-num-mbufs=8192'];
  const log = openSync(log_file, 'w');
  return start('nice', ['-n', 5, 'ip', 'netns', 'exec', namespace, ...command], log);
}
