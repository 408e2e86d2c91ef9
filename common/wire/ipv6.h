// IPv6 header and a bounded walk over its extension headers (RFC 8200 s3, s4).
//
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +-------+---------------+---------------------------------------+
//  |Version| Traffic Class |              Flow Label               |
//  +-------+---------------+-------+---------------+---------------+
//  |         Payload Length        |  Next Header  |   Hop Limit   |
//  +-------------------------------+---------------+---------------+
//  |                    Source Address (16 bytes)                  |
//  |                 Destination Address (16 bytes)                |
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/ip.h"
#include "common/wire/bytes.h"
#include "common/wire/ipv4.h"

namespace sluice::wire {

inline constexpr std::size_t ipv6_header_length = 40;
inline constexpr int ipv6_extensions_max = 8;

inline constexpr uint8_t ipv6_hop_by_hop = 0;
inline constexpr uint8_t ipv6_routing = 43;
inline constexpr uint8_t ipv6_fragment = 44;
inline constexpr uint8_t ipv6_authentication = 51;
inline constexpr uint8_t ipv6_no_next_header = 59;
inline constexpr uint8_t ipv6_destination_options = 60;

inline IpAddress load_ipv6_address(const uint8_t* p) {
  IpAddress a;
  std::memcpy(a.bytes.data(), p, 16);
  a.family = 6;
  return a;
}

struct Ipv6View {
  const uint8_t* data = nullptr;
  uint8_t protocol = 0;      // behind the extension headers
  bool is_fragment = false;  // has a fragment header (RFC 8200 s4.5): the caller drops it
  ByteView payload;          // behind the extension headers, ends where Payload Length says

  uint8_t traffic_class() const { return static_cast<uint8_t>(load_be16(data) >> 4); }
  uint8_t hop_limit() const { return data[7]; }
  IpAddress source() const { return load_ipv6_address(data + 8); }
  IpAddress destination() const { return load_ipv6_address(data + 24); }
};

struct Ipv6Fields {
  IpAddress source{};
  IpAddress destination{};
  uint8_t protocol = ip_protocol_udp;
  uint8_t dscp = 0;
  uint8_t hop_limit = 64;
  uint32_t flow_label = 0;  // 20 bits
};

// nullopt: not version 6, a length that does not agree with the bytes, or more than
// ipv6_extensions_max extension headers. The walk stops behind a fragment header: what follows may
// be any part of the packet.
std::optional<Ipv6View> parse_ipv6(ByteView bytes);

// A header without extensions. Bytes written, 0 if it does not fit.
std::size_t write_ipv6(ByteSpan out, const Ipv6Fields& fields, std::size_t payload_length);

// Changes the length of a header written before.
inline void patch_ipv6_payload_length(uint8_t* header, std::size_t payload_length) {
  store_be16(header + 4, static_cast<uint16_t>(payload_length));
}

}  // namespace sluice::wire
