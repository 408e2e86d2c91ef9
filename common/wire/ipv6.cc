#include "common/wire/ipv6.h"

namespace sluice::wire {
namespace {

// Length in bytes of the extension header that starts at p (two bytes are readable); 0 = not an
// extension header.
std::size_t extension_length(uint8_t type, const uint8_t* p) {
  switch (type) {
    case ipv6_hop_by_hop:
    case ipv6_routing:
    case ipv6_destination_options:
      return (p[1] + 1u) * 8u;
    case ipv6_fragment:
      return 8;
    // RFC 4302 s2.2: counted in 4-byte units, minus 2.
    case ipv6_authentication:
      return (p[1] + 2u) * 4u;
    default:
      return 0;
  }
}

bool is_extension(uint8_t type) {
  return type == ipv6_hop_by_hop || type == ipv6_routing || type == ipv6_fragment ||
         type == ipv6_authentication || type == ipv6_destination_options;
}

}  // namespace

std::optional<Ipv6View> parse_ipv6(ByteView bytes) {
  if (bytes.size() < ipv6_header_length) return std::nullopt;
  const uint8_t* p = bytes.data();
  const std::size_t payload_length = load_be16(p + 4);
  if (p[0] >> 4 != 6 || payload_length > bytes.size() - ipv6_header_length) return std::nullopt;
  Ipv6View v{
      .data = p, .protocol = p[6], .payload = bytes.subspan(ipv6_header_length, payload_length)};
  for (int i = 0; is_extension(v.protocol) && !v.is_fragment; i++) {
    if (i == ipv6_extensions_max || v.payload.size() < 8) return std::nullopt;
    const std::size_t length = extension_length(v.protocol, v.payload.data());
    if (length > v.payload.size()) return std::nullopt;
    v.is_fragment = v.protocol == ipv6_fragment;
    v.protocol = v.payload[0];
    v.payload = v.payload.subspan(length);
  }
  return v;
}

std::size_t write_ipv6(ByteSpan out, const Ipv6Fields& fields, std::size_t payload_length) {
  if (payload_length > 0xffff) return 0;
  Writer w(out);
  const uint32_t traffic_class = static_cast<uint32_t>(fields.dscp) << 2;
  w.u32(6u << 28 | traffic_class << 20 | (fields.flow_label & 0xfffff));
  w.u16(static_cast<uint16_t>(payload_length));
  w.u8(fields.protocol);
  w.u8(fields.hop_limit);
  w.bytes(fields.source.bytes);
  w.bytes(fields.destination.bytes);
  return w.length();
}

}  // namespace sluice::wire
