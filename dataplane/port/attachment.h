// How a port is attached to its network: its MAC, addresses and gateways. Fixed once the port is
// open.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/ip.h"
#include "common/config/config.h"
#include "common/wire/ethernet.h"

namespace sluice::dataplane {

inline constexpr int no_local_address = -1;

struct Attachment {
  wire::MacAddress mac;
  uint16_t vlan = 0;  // 0 = untagged
  uint16_t mtu = 1500;
  bool shared_with_kernel = false;
  config::Dscp dscp = {};
  std::vector<config::InterfaceAddress> addresses;  // at most 4, PortInfo's order
  std::vector<IpAddress> gateways;

  // Index into `addresses` of the port's own address with these bytes (4 or 16 of them), or
  // no_local_address.
  int local_index(uint8_t family, const uint8_t* ip) const;
  // Whom to hand a packet for `remote` to: itself when a prefix covers it, else its family's
  // gateway. Family 0: nobody.
  IpAddress next_hop_of(const IpAddress& remote) const;
  // Index of the address to speak to `neighbour` from: one whose prefix covers it, else the
  // family's first.
  int source_index_for(const IpAddress& neighbour) const;
};

// Whether the first prefix_length bits agree (and the families do).
bool covers(const config::InterfaceAddress& network, const IpAddress& ip);

}  // namespace sluice::dataplane
