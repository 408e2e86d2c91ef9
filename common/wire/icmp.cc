#include "common/wire/icmp.h"

#include "common/wire/checksum.h"
#include "common/wire/ipv4.h"

namespace sluice::wire {

std::optional<IcmpView> parse_icmp(ByteView ip_payload) {
  if (ip_payload.size() < icmp_header_length || internet_checksum(ip_payload) != 0)
    return std::nullopt;
  return IcmpView{ip_payload};
}

std::optional<PathMtu> parse_fragmentation_needed(const IcmpView& icmp) {
  if (icmp.type() != icmp_destination_unreachable || icmp.code() != icmp_fragmentation_needed) {
    return std::nullopt;
  }
  const ByteView quoted = icmp.body();
  if (quoted.size() < ipv4_header_length) return std::nullopt;
  // RFC 792: the quote is the IP header and the first 8 bytes, so its Total Length goes beyond it.
  const std::size_t header = (quoted[0] & 0x0fu) * 4u;
  if (quoted[0] >> 4 != 4 || header < ipv4_header_length || quoted.size() < header + 4 ||
      quoted[9] != ip_protocol_udp) {
    return std::nullopt;
  }
  const uint8_t* ports = quoted.data() + header;
  return PathMtu{.source = {load_ipv4_address(quoted.data() + 12), load_be16(ports), 0},
                 .destination = {load_ipv4_address(quoted.data() + 16), load_be16(ports + 2), 0},
                 .mtu = load_be16(icmp.bytes.data() + 6)};
}

std::size_t write_echo_reply(ByteSpan out, const IcmpView& request) {
  Writer w(out);
  w.bytes(request.bytes);
  if (!w.ok()) return 0;
  out[0] = icmp_echo_reply;
  store_be16(out.data() + 2, 0);
  store_be16(out.data() + 2, internet_checksum(out.first(w.length())));
  return w.length();
}

}  // namespace sluice::wire
