// Whole frames of ARP and neighbour discovery, as the resolver sends them.
#pragma once

#include <array>

#include "common/wire/arp.h"
#include "common/wire/bytes.h"
#include "common/wire/icmpv6.h"
#include "dataplane/port/attachment.h"

namespace sluice::dataplane {

inline constexpr std::size_t neighbour_frame_max = wire::ethernet_header_length +
                                                   wire::vlan_tag_length +
                                                   wire::ipv6_header_length + wire::ndp_length_max;

class NeighbourFrame {
 public:
  NeighbourFrame(const Attachment& from, const wire::MacAddress& to, const wire::Arp& arp);
  NeighbourFrame(const Attachment& from, const wire::MacAddress& to, const IpAddress& source,
                 const IpAddress& destination, const wire::Neighbor& message);

  wire::ByteView bytes() const { return wire::ByteView(bytes_).first(length_); }

 private:
  std::array<uint8_t, neighbour_frame_max> bytes_;
  std::size_t length_ = 0;
};

}  // namespace sluice::dataplane
