// Goodbye (RFC 3550 s6.6): SSRCs that leave, then an optional reason with a length byte.
//
//  +---------------------------------------------------------------+
//  |                      SSRC/CSRC, SC entries                    |
//  +---------------+-----------------------------------------------+
//  | opt: length   | reason for leaving                          ...
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/types.h"
#include "common/wire/rtcp.h"

namespace sluice::wire {

inline constexpr std::size_t bye_ssrcs_max = 31;

struct Bye {
  ByteView ssrcs;  // as they lie in the packet
  std::size_t size() const { return ssrcs.size() / 4; }
  Ssrc operator[](std::size_t i) const { return Ssrc(load_be32(ssrcs.data() + 4 * i)); }
};

// nullopt: another type, or shorter than its count says.
inline std::optional<Bye> parse_bye(const RtcpView& packet) {
  const std::size_t length = packet.count * 4u;
  if (packet.type != RtcpType::bye || packet.body.size() < length) return std::nullopt;
  return Bye{packet.body.first(length)};
}

// Bytes written, 0 if it does not fit or there are more than 31 SSRCs.
inline std::size_t write_bye(ByteSpan out, std::span<const Ssrc> ssrcs) {
  if (ssrcs.size() > bye_ssrcs_max) return 0;
  Writer w(out);
  write_rtcp_header(w, RtcpType::bye, static_cast<uint8_t>(ssrcs.size()),
                    rtcp_header_length + 4 * ssrcs.size());
  for (const Ssrc s : ssrcs) w.u32(s.value());
  return w.length();
}

}  // namespace sluice::wire
