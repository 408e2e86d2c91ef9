// Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03 s2.2): psfb, FMT 15.
//
//  +---------------------------------------------------------------+
//  |             SSRC of packet sender; SSRC of media = 0          |
//  +===============================================================+
//  |            'R'            'E'            'M'            'B'   |
//  +---------------+-----------+-----------------------------------+
//  |  Num SSRC     | BR Exp (6)|         BR Mantissa (18)          |
//  +---------------+-----------+-----------------------------------+
//  |                       SSRC feedback, Num entries              |
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "common/base/types.h"
#include "common/wire/rtcp.h"

namespace sluice::wire {

inline constexpr uint32_t remb_identifier = 0x52454d42;
inline constexpr std::size_t remb_ssrcs_max = 255;

struct Remb {
  Ssrc sender;
  uint64_t bitrate_bps = 0;
  ByteView ssrcs;

  std::size_t size() const { return ssrcs.size() / 4; }
  Ssrc ssrc(std::size_t i) const { return Ssrc(load_be32(ssrcs.data() + 4 * i)); }
};

// nullopt: another type or format, not REMB, cut short, or a bitrate that does not fit 64 bits.
inline std::optional<Remb> parse_remb(const RtcpView& packet) {
  if (!packet.is(RtcpType::psfb, psfb_afb) || packet.body.size() < 16) return std::nullopt;
  const uint8_t* p = packet.body.data();
  const std::size_t ssrcs = p[12] * 4u;
  if (load_be32(p + 8) != remb_identifier || packet.body.size() < 16 + ssrcs) return std::nullopt;
  const unsigned exponent = p[13] >> 2;
  const uint64_t mantissa = load_be24(p + 13) & 0x3ffff;
  const uint64_t bitrate = mantissa << exponent;
  if (bitrate >> exponent != mantissa) return std::nullopt;
  return Remb{Ssrc(load_be32(p)), bitrate, packet.body.subspan(16, ssrcs)};
}

// The bitrate is rounded down to 18 significant bits. Bytes written, 0 if it does not fit.
inline std::size_t write_remb(ByteSpan out, Ssrc sender, uint64_t bitrate_bps,
                              std::span<const Ssrc> ssrcs) {
  if (ssrcs.size() > remb_ssrcs_max) return 0;
  const int width = static_cast<int>(std::bit_width(bitrate_bps));
  const int exponent = width > 18 ? width - 18 : 0;
  const auto mantissa = static_cast<uint32_t>(bitrate_bps >> exponent);
  Writer w(out);
  write_rtcp_feedback_header(w, RtcpType::psfb, psfb_afb,
                             rtcp_feedback_header_length + 8 + 4 * ssrcs.size(), sender, Ssrc(0));
  w.u32(remb_identifier);
  w.u8(static_cast<uint8_t>(ssrcs.size()));
  w.u24(static_cast<uint32_t>(exponent) << 18 | mantissa);
  for (const Ssrc s : ssrcs) w.u32(s.value());
  return w.length();
}

}  // namespace sluice::wire
