// ICMP for IPv4: echo and "fragmentation needed" (RFC 792, RFC 1191 s4).
//
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +---------------+---------------+-------------------------------+
//  |     Type      |     Code      |           Checksum            |
//  +---------------+---------------+-------------------------------+
//  |  echo: identifier, sequence      type 3 code 4: unused, MTU   |
//  +---------------------------------------------------------------+
//  |  echo: data                   type 3: IP header + 8 bytes     |
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/ip.h"
#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t icmp_header_length = 8;
inline constexpr uint8_t icmp_echo_reply = 0;
inline constexpr uint8_t icmp_destination_unreachable = 3;
inline constexpr uint8_t icmp_fragmentation_needed = 4;  // code
inline constexpr uint8_t icmp_echo_request = 8;

struct IcmpView {
  ByteView bytes;  // the whole message, checksum verified
  uint8_t type() const { return bytes[0]; }
  uint8_t code() const { return bytes[1]; }
  ByteView body() const { return bytes.subspan(icmp_header_length); }
  bool is_echo_request() const { return type() == icmp_echo_request && code() == 0; }
};

// The UDP packet an ICMP error speaks of, as we had sent it.
struct PathMtu {
  SocketAddress source{};
  SocketAddress destination{};
  uint32_t mtu = 0;  // 0: the router did not say (RFC 1191 s5)
};

// nullopt: cut short or the checksum is wrong.
std::optional<IcmpView> parse_icmp(ByteView ip_payload);
// nullopt: not type 3 code 4, or the quoted packet is not UDP.
std::optional<PathMtu> parse_fragmentation_needed(const IcmpView& icmp);
// The reply to an echo request: the same bytes with another type. Bytes written, 0 if it does not
// fit.
std::size_t write_echo_reply(ByteSpan out, const IcmpView& request);

}  // namespace sluice::wire
