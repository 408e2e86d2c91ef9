// IPv4 header (RFC 791 s3.1).
//
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +-------+-------+---------------+-------------------------------+
//  |Version|  IHL  | DSCP      |ECN|          Total Length         |
//  +-------+-------+---------------+-----+-------------------------+
//  |         Identification        |0|D|M|     Fragment Offset     |
//  +---------------+---------------+-----+-------------------------+
//  | Time to Live  |    Protocol   |         Header Checksum       |
//  +---------------+---------------+-------------------------------+
//  |                        Source Address                         |
//  |                     Destination Address                       |
//  |                    Options (IHL > 5)                          |
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/ip.h"
#include "common/wire/bytes.h"
#include "common/wire/checksum.h"

namespace sluice::wire {

inline constexpr std::size_t ipv4_header_length = 20;  // without options
inline constexpr uint8_t ip_protocol_icmp = 1;
inline constexpr uint8_t ip_protocol_udp = 17;
inline constexpr uint8_t ip_protocol_icmpv6 = 58;

inline IpAddress load_ipv4_address(const uint8_t* p) {
  IpAddress a;
  std::memcpy(a.bytes.data(), p, 4);
  a.family = 4;
  return a;
}

struct Ipv4View {
  const uint8_t* data = nullptr;
  uint8_t header_length = 0;  // with options
  ByteView payload;           // ends where Total Length says, link padding is cut off

  uint8_t dscp() const { return static_cast<uint8_t>(data[1] >> 2); }
  uint8_t ttl() const { return data[8]; }
  uint8_t protocol() const { return data[9]; }
  // A fragment (the first one included) is never reassembled: the caller drops it.
  bool is_fragment() const { return (load_be16(data + 6) & 0x3fff) != 0; }
  bool checksum_ok() const { return internet_checksum({data, header_length}) == 0; }
  IpAddress source() const { return load_ipv4_address(data + 12); }
  IpAddress destination() const { return load_ipv4_address(data + 16); }
};

struct Ipv4Fields {
  IpAddress source{};
  IpAddress destination{};
  uint8_t protocol = ip_protocol_udp;
  uint8_t dscp = 0;
  uint8_t ttl = 64;
};

// nullopt: not version 4, or the lengths do not agree with each other and the bytes. The checksum
// is a separate question, because most ports have answered it already.
std::optional<Ipv4View> parse_ipv4(ByteView bytes);

// A header without options for payload_length bytes, checksum included. Bytes written, 0 if it does
// not fit.
std::size_t write_ipv4(ByteSpan out, const Ipv4Fields& fields, std::size_t payload_length);

// Changes the length of a header written before, and its checksum with it.
void patch_ipv4_payload_length(uint8_t* header, std::size_t payload_length);

inline std::optional<Ipv4View> parse_ipv4(ByteView bytes) {
  if (bytes.size() < ipv4_header_length) return std::nullopt;
  const uint8_t* p = bytes.data();
  const std::size_t header = (p[0] & 0x0fu) * 4u;
  const std::size_t total = load_be16(p + 2);
  if (p[0] >> 4 != 4 || header < ipv4_header_length || total < header || total > bytes.size()) {
    return std::nullopt;
  }
  return Ipv4View{.data = p,
                  .header_length = static_cast<uint8_t>(header),
                  .payload = bytes.subspan(header, total - header)};
}

inline std::size_t write_ipv4(ByteSpan out, const Ipv4Fields& fields, std::size_t payload_length) {
  if (payload_length > 0xffff - ipv4_header_length) return 0;
  Writer w(out);
  w.u8(0x45);
  w.u8(static_cast<uint8_t>(fields.dscp << 2));
  w.u16(static_cast<uint16_t>(ipv4_header_length + payload_length));
  // RFC 6864 s4.1: with DF set and no fragmentation the identification carries no meaning.
  w.u16(0);
  w.u16(0x4000);
  w.u8(fields.ttl);
  w.u8(fields.protocol);
  w.u16(0);
  w.bytes(ByteView(fields.source.bytes).first(4));
  w.bytes(ByteView(fields.destination.bytes).first(4));
  if (w.ok()) store_be16(out.data() + 10, internet_checksum(out.first(ipv4_header_length)));
  return w.length();
}

inline void patch_ipv4_payload_length(uint8_t* header, std::size_t payload_length) {
  const uint16_t before = load_be16(header + 2);
  const auto after = static_cast<uint16_t>(ipv4_header_length + payload_length);
  store_be16(header + 2, after);
  store_be16(header + 10, update_checksum(load_be16(header + 10), before, after));
}

}  // namespace sluice::wire
