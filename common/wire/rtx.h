// RTX payload: the original sequence number, then the original payload (RFC 4588 s4).
//
//  0               2
//  +---------------+------------------- ... ---+
//  | OSN           | original RTP payload      |
//  +---------------+------------------- ... ---+
#pragma once

#include <optional>

#include "common/base/types.h"
#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t rtx_osn_length = 2;

struct RtxView {
  Seq16 original_seq;
  ByteView payload;  // may be empty: probes without media are sent that way
};

// nullopt: no room for the number, as in a packet that is padding only.
inline std::optional<RtxView> parse_rtx(ByteView rtp_payload) {
  if (rtp_payload.size() < rtx_osn_length) return std::nullopt;
  return RtxView{Seq16(load_be16(rtp_payload.data())), rtp_payload.subspan(rtx_osn_length)};
}

// Bytes written, 0 if it does not fit.
inline std::size_t write_rtx(ByteSpan out, Seq16 original_seq, ByteView payload) {
  Writer w(out);
  w.u16(original_seq.value());
  w.bytes(payload);
  return w.length();
}

}  // namespace sluice::wire
