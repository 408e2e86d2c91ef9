// Full intra request (RFC 5104 s4.3.1): psfb, FMT 4.
//
//  +---------------------------------------------------------------+
//  |             SSRC of packet sender; SSRC of media = 0          |
//  +===============================================================+
//  |                SSRC whose picture is asked for                |
//  +---------------+-----------------------------------------------+
//  | Seq nr.       |                    reserved                   |
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/types.h"
#include "common/wire/rtcp.h"

namespace sluice::wire {

inline constexpr std::size_t fir_length = rtcp_feedback_header_length + 8;  // one entry

struct Fir {
  Ssrc sender;
  ByteView entries;  // 8 bytes each, at least one

  std::size_t size() const { return entries.size() / 8; }
  Ssrc ssrc(std::size_t i) const { return Ssrc(load_be32(entries.data() + 8 * i)); }
  // RFC 5104 s4.3.1.1: a repeated number is a repetition of the same request.
  uint8_t seq_nr(std::size_t i) const { return entries[8 * i + 4]; }
};

// nullopt: another type or format, no entry, or an entry cut short.
inline std::optional<Fir> parse_fir(const RtcpView& packet) {
  if (!packet.is(RtcpType::psfb, psfb_fir) || packet.body.size() < 16 ||
      packet.body.size() % 8 != 0) {
    return std::nullopt;
  }
  return Fir{Ssrc(load_be32(packet.body.data())), packet.body.subspan(8)};
}

// One entry. Bytes written, 0 if it does not fit.
inline std::size_t write_fir(ByteSpan out, Ssrc sender, Ssrc media, uint8_t seq_nr) {
  Writer w(out);
  write_rtcp_feedback_header(w, RtcpType::psfb, psfb_fir, fir_length, sender, Ssrc(0));
  w.u32(media.value());
  w.u8(seq_nr);
  w.u24(0);
  return w.length();
}

}  // namespace sluice::wire
