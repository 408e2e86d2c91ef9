// RTCP compound packets: the common header and the walk (RFC 3550 s6.1, RFC 4585 s6.1, reduced size
// RFC 5506).
//
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +---+-+---------+---------------+-------------------------------+
//  |V=2|P| count   |  packet type  | length in 32-bit words, less 1|
//  |   | | or FMT  |               |                               |
//  +---+-+---------+---------------+-------------------------------+
//  |  body; feedback: SSRC of sender, SSRC of media source, FCI    |
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/types.h"
#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t rtcp_header_length = 4;
inline constexpr std::size_t rtcp_feedback_header_length = 12;

enum class RtcpType : uint8_t {
  sr = 200,
  rr = 201,
  sdes = 202,
  bye = 203,
  app = 204,
  rtpfb = 205,  // RFC 4585 s6.2: transport layer feedback
  psfb = 206,   // RFC 4585 s6.3: payload-specific feedback
  xr = 207,     // RFC 3611
};

// FMT values of rtpfb and psfb.
inline constexpr uint8_t rtpfb_nack = 1;           // RFC 4585 s6.2.1
inline constexpr uint8_t rtpfb_transport_cc = 15;  // transport-wide-cc-extensions s3.1
inline constexpr uint8_t psfb_pli = 1;             // RFC 4585 s6.3.1
inline constexpr uint8_t psfb_fir = 4;             // RFC 5104 s4.3.1
inline constexpr uint8_t psfb_afb = 15;            // RFC 4585 s6.4; REMB

struct RtcpView {
  RtcpType type{};
  uint8_t count = 0;  // report count, source count or FMT
  ByteView body;      // behind the 4-byte header, padding cut off

  bool is(RtcpType t, uint8_t format) const { return type == t && count == format; }
};

// A compound whose headers, lengths and padding were all checked; iterate it with next().
class RtcpCompound {
 public:
  explicit RtcpCompound(ByteView checked) : rest_(checked) {}
  // False at the end.
  bool next(RtcpView& packet);

 private:
  ByteView rest_;
};

// Any packet type may come first and unknown types are passed through (RFC 5506). nullopt: empty, a
// wrong version, lengths that do not add up to the whole, or padding anywhere but in the last
// packet (RFC 3550 s6.4.1).
std::optional<RtcpCompound> parse_rtcp(ByteView bytes);

// The header of a packet of `length` bytes in all, a multiple of four.
void write_rtcp_header(Writer& w, RtcpType type, uint8_t count, std::size_t length);
// The 12 bytes that feedback packets begin with.
void write_rtcp_feedback_header(Writer& w, RtcpType type, uint8_t format, std::size_t length,
                                Ssrc sender, Ssrc media);

// RFC 3550 s6.4.1: the SSRC of whoever made this packet; nullopt when the body is too short for
// one.
inline std::optional<Ssrc> rtcp_sender_ssrc(const RtcpView& p) {
  if (p.body.size() < 4) return std::nullopt;
  return Ssrc(load_be32(p.body.data()));
}

inline bool RtcpCompound::next(RtcpView& packet) {
  if (rest_.empty()) return false;
  const std::size_t length = 4u * (load_be16(rest_.data() + 2) + 1u);
  const std::size_t padding = (rest_[0] & 0x20) != 0 ? rest_[length - 1] : 0;
  packet.type = static_cast<RtcpType>(rest_[1]);
  packet.count = rest_[0] & 0x1f;
  packet.body = rest_.subspan(rtcp_header_length, length - rtcp_header_length - padding);
  rest_ = rest_.subspan(length);
  return true;
}

inline std::optional<RtcpCompound> parse_rtcp(ByteView bytes) {
  if (bytes.empty()) return std::nullopt;
  for (ByteView rest = bytes; !rest.empty();) {
    if (rest.size() < rtcp_header_length || rest[0] >> 6 != 2) return std::nullopt;
    const std::size_t length = 4u * (load_be16(rest.data() + 2) + 1u);
    if (length > rest.size()) return std::nullopt;
    if ((rest[0] & 0x20) != 0) {
      const std::size_t padding = rest[length - 1];
      if (length != rest.size() || padding == 0 || padding > length - rtcp_header_length) {
        return std::nullopt;
      }
    }
    rest = rest.subspan(length);
  }
  return RtcpCompound(bytes);
}

inline void write_rtcp_header(Writer& w, RtcpType type, uint8_t count, std::size_t length) {
  w.u8(static_cast<uint8_t>(0x80 | (count & 0x1f)));
  w.u8(static_cast<uint8_t>(type));
  w.u16(static_cast<uint16_t>(length / 4 - 1));
}

inline void write_rtcp_feedback_header(Writer& w, RtcpType type, uint8_t format, std::size_t length,
                                       Ssrc sender, Ssrc media) {
  write_rtcp_header(w, type, format, length);
  w.u32(sender.value());
  w.u32(media.value());
}

}  // namespace sluice::wire
