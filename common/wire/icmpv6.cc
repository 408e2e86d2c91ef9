#include "common/wire/icmpv6.h"

#include "common/wire/checksum.h"

namespace sluice::wire {
namespace {

constexpr std::size_t neighbor_length = 24;
constexpr uint8_t option_source_mac = 1;
constexpr uint8_t option_target_mac = 2;
constexpr uint32_t flag_router = 1u << 31;
constexpr uint32_t flag_solicited = 1u << 30;
constexpr uint32_t flag_override = 1u << 29;

uint16_t checksum_of(const IpAddress& source, const IpAddress& destination, ByteView message) {
  InternetSum s;
  s.add_pseudo_header(source, destination, ip_protocol_icmpv6,
                      static_cast<uint32_t>(message.size()));
  s.add(message);
  return s.checksum();
}

// RFC 4861 s4.6: options are type, length in 8-byte units, value. False when they do not add up.
bool read_options(ByteView options, uint8_t wanted, Neighbor& n) {
  while (!options.empty()) {
    if (options.size() < 8 || options[1] == 0) return false;
    const std::size_t length = options[1] * 8u;
    if (length > options.size()) return false;
    if (options[0] == wanted && length == 8) {
      n.mac = load_mac(options.data() + 2);
      n.has_mac = true;
    }
    options = options.subspan(length);
  }
  return true;
}

}  // namespace

std::optional<Icmpv6View> parse_icmpv6(const Ipv6View& ip) {
  if (ip.payload.size() < icmpv6_header_length) return std::nullopt;
  if (checksum_of(ip.source(), ip.destination(), ip.payload) != 0) return std::nullopt;
  return Icmpv6View{ip.payload};
}

std::optional<Neighbor> parse_neighbor(const Ipv6View& ip, const Icmpv6View& icmp) {
  const bool advertisement = icmp.type() == Icmpv6Type::neighbor_advertisement;
  if (!advertisement && icmp.type() != Icmpv6Type::neighbor_solicitation) return std::nullopt;
  if (ip.hop_limit() != ndp_hop_limit || icmp.code() != 0 || icmp.bytes.size() < neighbor_length) {
    return std::nullopt;
  }
  const uint8_t* p = icmp.bytes.data();
  Neighbor n{.is_advertisement = advertisement, .target = load_ipv6_address(p + 8), .mac = {}};
  if (n.target.bytes[0] == 0xff) return std::nullopt;
  if (advertisement) {
    const uint32_t flags = load_be32(p + 4);
    n.router = (flags & flag_router) != 0;
    n.solicited = (flags & flag_solicited) != 0;
    n.override = (flags & flag_override) != 0;
  }
  const uint8_t wanted = advertisement ? option_target_mac : option_source_mac;
  if (!read_options(icmp.bytes.subspan(neighbor_length), wanted, n)) return std::nullopt;
  return n;
}

std::optional<PathMtu> parse_packet_too_big(const Icmpv6View& icmp) {
  const ByteView quoted = icmp.body();
  if (icmp.type() != Icmpv6Type::packet_too_big || quoted.size() < ipv6_header_length + 4) {
    return std::nullopt;
  }
  // RFC 4443 s3.2: the quote is cut to fit the minimum MTU, so its Payload Length may go beyond it.
  if (quoted[0] >> 4 != 6 || quoted[6] != ip_protocol_udp) return std::nullopt;
  const uint8_t* ports = quoted.data() + ipv6_header_length;
  return PathMtu{.source = {load_ipv6_address(quoted.data() + 8), load_be16(ports), 0},
                 .destination = {load_ipv6_address(quoted.data() + 24), load_be16(ports + 2), 0},
                 .mtu = load_be32(icmp.bytes.data() + 4)};
}

std::size_t write_neighbor(ByteSpan out, const IpAddress& source, const IpAddress& destination,
                           const Neighbor& n) {
  Writer w(out);
  w.u8(static_cast<uint8_t>(n.is_advertisement ? Icmpv6Type::neighbor_advertisement
                                               : Icmpv6Type::neighbor_solicitation));
  w.u8(0);
  w.u16(0);
  w.u32((n.router ? flag_router : 0) | (n.solicited ? flag_solicited : 0) |
        (n.override ? flag_override : 0));
  w.bytes(n.target.bytes);
  if (n.has_mac) {
    w.u8(n.is_advertisement ? option_target_mac : option_source_mac);
    w.u8(1);
    w.bytes(n.mac.bytes);
  }
  if (w.ok()) store_be16(out.data() + 2, checksum_of(source, destination, out.first(w.offset())));
  return w.length();
}

std::size_t write_echo_reply(ByteSpan out, const IpAddress& source, const IpAddress& destination,
                             const Icmpv6View& request) {
  Writer w(out);
  w.bytes(request.bytes);
  if (!w.ok()) return 0;
  out[0] = static_cast<uint8_t>(Icmpv6Type::echo_reply);
  store_be16(out.data() + 2, 0);
  store_be16(out.data() + 2, checksum_of(source, destination, out.first(w.length())));
  return w.length();
}

IpAddress solicited_node(const IpAddress& address) {
  IpAddress a;
  a.family = 6;
  a.bytes = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
  std::memcpy(a.bytes.data() + 13, address.bytes.data() + 13, 3);
  return a;
}

MacAddress ipv6_multicast_mac(const IpAddress& group) {
  MacAddress m{{0x33, 0x33}};
  std::memcpy(m.bytes.data() + 2, group.bytes.data() + 12, 4);
  return m;
}

}  // namespace sluice::wire
