// RTP packet header (RFC 3550 s5.1, s5.3.1).
//
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +---+-+-+-------+-+-------------+-------------------------------+
//  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//  +---+-+-+-------+-+-------------+-------------------------------+
//  |                           timestamp                           |
//  +---------------------------------------------------------------+
//  |                             SSRC                              |
//  +---------------------------------------------------------------+
//  |                    CSRC list, CC entries                      |
//  +-------------------------------+-------------------------------+
//  |  X: defined by profile        |    length in 32-bit words     |
//  +-------------------------------+-------------------------------+
//  |  X: extension block, then the payload, then P: padding whose  |
//  |  last byte counts it                                          |
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/types.h"
#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t rtp_header_length = 12;  // fixed part
inline constexpr std::size_t rtp_csrcs_max = 15;
inline constexpr uint16_t rtp_offset_seq = 2;
inline constexpr uint16_t rtp_offset_timestamp = 4;
inline constexpr uint16_t rtp_offset_ssrc = 8;

struct RtpView {
  ByteView bytes;
  uint16_t header_length = 0;      // fixed part, CSRCs and extension block
  uint16_t extension_profile = 0;  // 0 without X
  uint16_t extension_length = 0;   // bytes of the block behind its 4-byte head
  uint8_t padding_length = 0;      // 0 after parse_rtp_header

  bool marker() const { return (bytes[1] & 0x80) != 0; }
  bool has_extension() const { return (bytes[0] & 0x10) != 0; }
  bool has_padding() const { return (bytes[0] & 0x20) != 0; }
  PayloadType payload_type() const { return PayloadType(bytes[1] & 0x7f); }
  Seq16 seq() const { return Seq16(load_be16(bytes.data() + rtp_offset_seq)); }
  uint32_t timestamp() const { return load_be32(bytes.data() + rtp_offset_timestamp); }
  Ssrc ssrc() const { return Ssrc(load_be32(bytes.data() + rtp_offset_ssrc)); }
  std::size_t csrc_count() const { return bytes[0] & 0x0fu; }
  // i < csrc_count()
  uint32_t csrc(std::size_t i) const { return load_be32(bytes.data() + rtp_header_length + 4 * i); }
  // The block behind "defined by profile" and length; empty without X.
  ByteView extension() const {
    return bytes.subspan(static_cast<std::size_t>(header_length - extension_length),
                         extension_length);
  }
  ByteView payload() const {
    return bytes.subspan(header_length, bytes.size() - header_length - padding_length);
  }
};

// The header alone, of a packet that may still be encrypted: padding is not looked at. nullopt:
// wrong version, or CSRCs or extension run over the end.
std::optional<RtpView> parse_rtp_header(ByteView bytes);
// A packet in the clear. nullopt also when the padding does not fit.
std::optional<RtpView> parse_rtp(ByteView bytes);

struct RtpHeaderFields {
  PayloadType payload_type{};
  Seq16 seq{};
  uint32_t timestamp = 0;
  Ssrc ssrc{};
  bool marker = false;
  std::span<const uint32_t> csrcs{};  // at most rtp_csrcs_max
};

// A header without extension block (RtpExtensionWriter appends one). Bytes written, 0 if it does
// not fit.
std::size_t write_rtp_header(ByteSpan out, const RtpHeaderFields& fields);

// In-place changes of a header written or copied before; packet points at its first byte.
inline void patch_rtp_seq(uint8_t* packet, Seq16 v) {
  store_be16(packet + rtp_offset_seq, v.value());
}
inline void patch_rtp_timestamp(uint8_t* packet, uint32_t v) {
  store_be32(packet + rtp_offset_timestamp, v);
}
inline void patch_rtp_ssrc(uint8_t* packet, Ssrc v) {
  store_be32(packet + rtp_offset_ssrc, v.value());
}
inline void patch_rtp_payload_type(uint8_t* packet, PayloadType v) {
  packet[1] = static_cast<uint8_t>((packet[1] & 0x80) | (v.value() & 0x7f));
}
inline void patch_rtp_marker(uint8_t* packet, bool marker) {
  packet[1] = static_cast<uint8_t>((packet[1] & 0x7f) | (marker ? 0x80 : 0));
}

inline std::optional<RtpView> parse_rtp_header(ByteView bytes) {
  if (bytes.size() < rtp_header_length || bytes.size() > 0xffff || bytes[0] >> 6 != 2) {
    return std::nullopt;
  }
  RtpView v{.bytes = bytes};
  std::size_t length = rtp_header_length + 4 * v.csrc_count();
  if (v.has_extension()) {
    if (bytes.size() < length + 4) return std::nullopt;
    const std::size_t block = 4u * load_be16(bytes.data() + length + 2);
    v.extension_profile = load_be16(bytes.data() + length);
    length += 4 + block;
    v.extension_length = static_cast<uint16_t>(block);
  }
  if (length > bytes.size()) return std::nullopt;
  v.header_length = static_cast<uint16_t>(length);
  return v;
}

inline std::optional<RtpView> parse_rtp(ByteView bytes) {
  auto v = parse_rtp_header(bytes);
  if (v && v->has_padding()) {
    // RFC 3550 s5.1: the last byte counts the padding, itself included.
    const std::size_t room = bytes.size() - v->header_length;
    if (room == 0) return std::nullopt;
    v->padding_length = bytes.back();
    if (v->padding_length == 0 || v->padding_length > room) return std::nullopt;
  }
  return v;
}

inline std::size_t write_rtp_header(ByteSpan out, const RtpHeaderFields& fields) {
  if (fields.csrcs.size() > rtp_csrcs_max) return 0;
  Writer w(out);
  w.u8(static_cast<uint8_t>(0x80 | fields.csrcs.size()));
  w.u8(static_cast<uint8_t>((fields.marker ? 0x80 : 0) | (fields.payload_type.value() & 0x7f)));
  w.u16(fields.seq.value());
  w.u32(fields.timestamp);
  w.u32(fields.ssrc.value());
  for (const uint32_t c : fields.csrcs) w.u32(c);
  return w.length();
}

}  // namespace sluice::wire
