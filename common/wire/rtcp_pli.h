// Picture loss indication (RFC 4585 s6.3.1): psfb, FMT 1, no FCI.
//
//  +---------------------------------------------------------------+
//  |                     SSRC of packet sender                     |
//  |                     SSRC of media source                      |
#pragma once

#include <optional>

#include "common/base/types.h"
#include "common/wire/rtcp.h"

namespace sluice::wire {

inline constexpr std::size_t pli_length = rtcp_feedback_header_length;

struct Pli {
  Ssrc sender;
  Ssrc media;
};

// nullopt: another type or format, or cut short.
inline std::optional<Pli> parse_pli(const RtcpView& packet) {
  if (!packet.is(RtcpType::psfb, psfb_pli) || packet.body.size() < 8) return std::nullopt;
  return Pli{Ssrc(load_be32(packet.body.data())), Ssrc(load_be32(packet.body.data() + 4))};
}

// Bytes written, 0 if it does not fit.
inline std::size_t write_pli(ByteSpan out, Ssrc sender, Ssrc media) {
  Writer w(out);
  write_rtcp_feedback_header(w, RtcpType::psfb, psfb_pli, pli_length, sender, media);
  return w.length();
}

}  // namespace sluice::wire
