// Stage classify, the link's own protocols: ARP, neighbour discovery, ICMP and ICMPv6 echo,
// packet-too-big.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/base/time.h"
#include "common/shm/counters.h"
#include "common/wire/ethernet.h"
#include "common/wire/icmp.h"
#include "common/wire/icmpv6.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "dataplane/budgets.h"
#include "dataplane/packet.h"

namespace sluice::dataplane {

class Port;
class Tx;

class Neighbours {
 public:
  Neighbours(std::span<Port* const> ports, uint32_t worker, Tx& tx, shm::Counters& counters);

  // Each counts the frame in exactly one counter; the caller frees it. ARP and NDP on worker 0
  // only.
  void on_arp(Port& port, const wire::EthernetView& frame, TimeNs now);
  void on_neighbor_discovery(Port& port, const wire::Ipv6View& ip, const wire::Icmpv6View& icmp,
                             TimeNs now);
  void on_echo(Port& port, const wire::EthernetView& frame, const wire::Ipv4View& ip,
               const wire::IcmpView& icmp);
  void on_echo(Port& port, const wire::EthernetView& frame, const wire::Ipv6View& ip,
               const wire::Icmpv6View& icmp);
  // Once per loop. Worker 0: announcements, retries and refreshes of every port's next hops.
  void poll(TimeNs now);

 private:
  bool take_echo();

  std::span<Port* const> ports_;
  uint32_t worker_;
  Tx& tx_;
  shm::Counters& counters_;
  std::vector<uint32_t> link_ups_seen_;
  uint16_t echoes_ = 0;  // answered in this interval
  TimeNs echoes_until_ = 0;
};

}  // namespace sluice::dataplane
