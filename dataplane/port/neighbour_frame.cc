#include "dataplane/port/neighbour_frame.h"

namespace sluice::dataplane {

NeighbourFrame::NeighbourFrame(const Attachment& from, const wire::MacAddress& to,
                               const wire::Arp& arp) {
  const wire::ByteSpan out(bytes_);
  const std::size_t link = wire::write_ethernet(out, to, from.mac, from.vlan, wire::ether_type_arp);
  length_ = link + wire::write_arp(out.subspan(link), arp);
}

NeighbourFrame::NeighbourFrame(const Attachment& from, const wire::MacAddress& to,
                               const IpAddress& source, const IpAddress& destination,
                               const wire::Neighbor& message) {
  const wire::ByteSpan out(bytes_);
  const std::size_t link =
      wire::write_ethernet(out, to, from.mac, from.vlan, wire::ether_type_ipv6);
  const std::size_t ip = link + wire::ipv6_header_length;
  const std::size_t length = wire::write_neighbor(out.subspan(ip), source, destination, message);
  wire::write_ipv6(out.subspan(link),
                   {.source = source,
                    .destination = destination,
                    .protocol = wire::ip_protocol_icmpv6,
                    .hop_limit = wire::ndp_hop_limit},
                   length);
  length_ = ip + length;
}

}  // namespace sluice::dataplane
