// Generic NACK (RFC 4585 s6.2.1): rtpfb, FMT 1.
//
//  +-------------------------------+-------------------------------+
//  |  PID: a lost sequence number  |  BLP: bit i = PID + i + 1 too |
//  +-------------------------------+-------------------------------+
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "common/base/types.h"
#include "common/wire/rtcp.h"

namespace sluice::wire {

struct Nack {
  Ssrc sender;
  Ssrc media;
  ByteView items;  // PID and BLP pairs, at least one

  // Calls f(Seq16) for each lost sequence number, in the order of the packet.
  template <class F>
  void for_each_lost(F&& f) const {
    for (std::size_t at = 0; at < items.size(); at += 4) {
      const uint16_t pid = load_be16(items.data() + at);
      f(Seq16(pid));
      for (unsigned blp = load_be16(items.data() + at + 2); blp != 0; blp &= blp - 1) {
        f(Seq16(static_cast<uint16_t>(pid + 1 + std::countr_zero(blp))));
      }
    }
  }
};

// nullopt: another type or format, no item, or an item cut short.
inline std::optional<Nack> parse_nack(const RtcpView& packet) {
  if (!packet.is(RtcpType::rtpfb, rtpfb_nack) || packet.body.size() < 12 ||
      packet.body.size() % 4 != 0) {
    return std::nullopt;
  }
  const uint8_t* p = packet.body.data();
  return Nack{Ssrc(load_be32(p)), Ssrc(load_be32(p + 4)), packet.body.subspan(8)};
}

// lost: ascending modulo 2^16, at least one. Bytes written, 0 if it does not fit.
inline std::size_t write_nack(ByteSpan out, Ssrc sender, Ssrc media, std::span<const Seq16> lost) {
  if (lost.empty()) return 0;
  Writer w(out);
  w.zeros(rtcp_feedback_header_length);
  for (std::size_t i = 0; i < lost.size();) {
    const Seq16 pid = lost[i++];
    unsigned blp = 0;
    for (; i < lost.size(); i++) {
      const int distance = seq_distance(lost[i], pid);
      if (distance < 1 || distance > 16) break;
      blp |= 1u << (distance - 1);
    }
    w.u16(pid.value());
    w.u16(static_cast<uint16_t>(blp));
  }
  if (!w.ok()) return 0;
  Writer head(out);
  write_rtcp_feedback_header(head, RtcpType::rtpfb, rtpfb_nack, w.length(), sender, media);
  return w.length();
}

}  // namespace sluice::wire
