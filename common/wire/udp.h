// UDP header (RFC 768).
//
//  0               2               4               6               8
//  +---------------+---------------+---------------+---------------+
//  | source port   | dest. port    | length        | checksum      |
//  +---------------+---------------+---------------+---------------+
#pragma once

#include <cstdint>
#include <optional>

#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t udp_header_length = 8;

struct UdpView {
  const uint8_t* data = nullptr;
  ByteView payload;

  uint16_t source_port() const { return load_be16(data); }
  uint16_t destination_port() const { return load_be16(data + 2); }
  uint16_t checksum() const { return load_be16(data + 6); }
};

// nullopt: cut short, or a length below 8 or beyond the IP payload. Bytes beyond the length are cut
// off.
inline std::optional<UdpView> parse_udp(ByteView ip_payload) {
  if (ip_payload.size() < udp_header_length) return std::nullopt;
  const std::size_t length = load_be16(ip_payload.data() + 4);
  if (length < udp_header_length || length > ip_payload.size()) return std::nullopt;
  return UdpView{.data = ip_payload.data(),
                 .payload = ip_payload.subspan(udp_header_length, length - udp_header_length)};
}

// Header with a zero checksum (RFC 768: none); see patch_udp_checksum. Bytes written, 0 if it does
// not fit.
inline std::size_t write_udp(ByteSpan out, uint16_t source_port, uint16_t destination_port,
                             std::size_t payload_length) {
  if (payload_length > 0xffff - udp_header_length) return 0;
  Writer w(out);
  w.u16(source_port);
  w.u16(destination_port);
  w.u16(static_cast<uint16_t>(udp_header_length + payload_length));
  w.u16(0);
  return w.length();
}

inline void patch_udp_payload_length(uint8_t* header, std::size_t payload_length) {
  store_be16(header + 4, static_cast<uint16_t>(udp_header_length + payload_length));
}

inline void patch_udp_checksum(uint8_t* header, uint16_t checksum) {
  store_be16(header + 6, checksum);
}

}  // namespace sluice::wire
