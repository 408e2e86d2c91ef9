// ICMPv6 echo and "packet too big" (RFC 4443), neighbour solicitation and advertisement (RFC 4861
// s4.3, s4.4).
//
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +---------------+---------------+-------------------------------+
//  |     Type      |     Code      |           Checksum            |
//  +-+-+-+---------+---------------+-------------------------------+
//  |R|S|O|  NA flags      type 2: MTU      echo: identifier, seq   |
//  +-+-+-+---------------------------------------------------------+
//  |  NS, NA: target address (16), options of 8-byte units         |
//  |    option 1 source / 2 target link-layer address: type, 1, MAC|
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/ip.h"
#include "common/wire/bytes.h"
#include "common/wire/ethernet.h"
#include "common/wire/icmp.h"
#include "common/wire/ipv6.h"

namespace sluice::wire {

inline constexpr std::size_t icmpv6_header_length = 8;
inline constexpr std::size_t ndp_length_max = 32;  // NS or NA with one link-layer address option
inline constexpr uint8_t ndp_hop_limit = 255;  // RFC 4861 s7.1: anything else came through a router

enum class Icmpv6Type : uint8_t {
  packet_too_big = 2,
  echo_request = 128,
  echo_reply = 129,
  router_solicitation = 133,
  router_advertisement = 134,
  neighbor_solicitation = 135,
  neighbor_advertisement = 136,
};

struct Icmpv6View {
  ByteView bytes;  // the whole message, checksum verified
  Icmpv6Type type() const { return static_cast<Icmpv6Type>(bytes[0]); }
  uint8_t code() const { return bytes[1]; }
  ByteView body() const { return bytes.subspan(icmpv6_header_length); }
};

// A neighbour solicitation or advertisement.
struct Neighbor {
  bool is_advertisement = false;
  bool router = false;  // advertisement flags
  bool solicited = false;
  bool override = false;
  bool has_mac = false;  // NS: source, NA: target link-layer address option present
  IpAddress target{};
  MacAddress mac{};
};

// nullopt: cut short or the checksum is wrong.
std::optional<Icmpv6View> parse_icmpv6(const Ipv6View& ip);
// RFC 4861 s7.1: nullopt unless hop limit 255, code 0, a unicast target and options that add up.
std::optional<Neighbor> parse_neighbor(const Ipv6View& ip, const Icmpv6View& icmp);
// nullopt: not type 2, or the quoted packet is not UDP directly behind its IPv6 header.
std::optional<PathMtu> parse_packet_too_big(const Icmpv6View& icmp);

// Message without the IPv6 header; the addresses are those of that header, for the checksum.
// Bytes written, 0 if it does not fit. The caller sends it with ndp_hop_limit.
std::size_t write_neighbor(ByteSpan out, const IpAddress& source, const IpAddress& destination,
                           const Neighbor& neighbor);
std::size_t write_echo_reply(ByteSpan out, const IpAddress& source, const IpAddress& destination,
                             const Icmpv6View& request);

// RFC 4291 s2.7.1: ff02::1:ffXX:XXXX of a unicast address, and its Ethernet group (RFC 2464 s7).
IpAddress solicited_node(const IpAddress& address);
MacAddress ipv6_multicast_mac(const IpAddress& group);

}  // namespace sluice::wire
