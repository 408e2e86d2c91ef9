#include "dataplane/port/frame.h"

#include "common/base/assert.h"
#include "common/wire/checksum.h"

namespace sluice::dataplane {
namespace {

// Sum of an even number of bytes as words lie in memory.
uint16_t memory_sum(wire::ByteView bytes) {
  wire::InternetSum s;
  s.add(bytes);
  return wire::swap_be16(s.folded());
}

// RFC 2474 s3: the upper six bits.
constexpr uint8_t traffic_class_of(uint8_t dscp) {
  return static_cast<uint8_t>(dscp * 4);
}

}  // namespace

FrameTemplate make_frame_template(const Attachment& attachment, uint8_t port, int address_index,
                                  uint16_t local_udp_port, const wire::MacAddress& next_hop,
                                  bool udp_offload) {
  const IpAddress& source = attachment.addresses[static_cast<std::size_t>(address_index)].ip;
  const bool v4 = source.is_v4();
  FrameTemplate t;
  t.family = source.family;
  t.port = port;
  t.udp_sum = udp_offload ? UdpSum::port : v4 ? UdpSum::none : UdpSum::software;
  const config::Dscp& dscp = attachment.dscp;
  t.traffic_class = {traffic_class_of(dscp.control), traffic_class_of(dscp.audio),
                     traffic_class_of(dscp.video)};
  t.source_port_be = wire::swap_be16(local_udp_port);

  const std::size_t link =
      wire::ethernet_header_length + (attachment.vlan ? wire::vlan_tag_length : 0);
  uint8_t* ip = t.head.data() + frame_link_length;
  const auto link_bytes = wire::ByteSpan(ip - link, link);
  wire::write_ethernet(link_bytes, next_hop, attachment.mac, attachment.vlan,
                       v4 ? wire::ether_type_ipv4 : wire::ether_type_ipv6);

  std::array<uint8_t, wire::ipv6_header_length> header{};
  std::size_t ip_length = 0;
  if (v4) {
    ip_length =
        wire::write_ipv4(header, {.source = source, .destination = IpAddress{{}, 4, {}}}, 0);
    wire::store_be16(header.data() + 2, 0);  // total length and checksum are the packet's
    wire::store_be16(header.data() + 10, 0);
    std::memcpy(ip, header.data(), 16);
    t.header_sum = memory_sum(wire::ByteView(header).first(16));
  } else {
    ip_length =
        wire::write_ipv6(header, {.source = source, .destination = IpAddress{{}, 6, {}}}, 0);
    std::memcpy(ip, header.data(), 24);
  }
  wire::InternetSum pseudo;
  pseudo.add_pseudo_header(source, IpAddress{{}, source.family, {}}, wire::ip_protocol_udp, 0);
  t.pseudo_sum = wire::swap_be16(pseudo.folded());
  SLUICE_ASSERT(ip_length != 0);
  t.header_length = static_cast<uint16_t>(link + ip_length + wire::udp_header_length);
  t.payload_max = static_cast<uint16_t>(attachment.mtu - ip_length - wire::udp_header_length);
  return t;
}

void write_udp_sum(const FrameTemplate& t, uint8_t* payload, uint16_t payload_length) {
  if (t.udp_sum == UdpSum::none) return;
  uint8_t* udp = payload - wire::udp_header_length;
  const auto length = static_cast<uint16_t>(payload_length + wire::udp_header_length);
  const std::size_t address_length = t.family == 4 ? 4 : 16;
  wire::InternetSum sum;
  sum.add_word(wire::swap_be16(t.pseudo_sum));
  sum.add({udp - address_length, address_length});  // destination: the IP header's last field
  sum.add_word(length);
  uint16_t checksum = sum.folded();
  if (t.udp_sum == UdpSum::software) {
    sum.add({udp, length});
    // RFC 8200 s8.1: a computed 0 is sent as ffff.
    checksum = sum.checksum() == 0 ? 0xffff : sum.checksum();
  }
  wire::patch_udp_checksum(udp, checksum);
}

}  // namespace sluice::dataplane
