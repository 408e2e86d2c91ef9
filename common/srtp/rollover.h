// RFC 3711 s3.3.1: the 48-bit index of a received packet, guessed from its sequence number and the
// highest index so far.
#pragma once

#include "common/base/types.h"

namespace sluice::srtp {

// `highest` = highest authenticated index. Never below 0: before the first wrap an older packet
// stays in ROC 0.
constexpr SrtpIndex estimate_index(SrtpIndex highest, Seq16 seq) {
  const uint64_t roc = highest.value() >> 16;
  const auto s_l = static_cast<uint16_t>(highest.value());
  uint64_t v = roc;
  if (s_l < 32'768) {
    if (seq.value() > s_l + 32'768 && roc > 0) v = roc - 1;
  } else if (seq.value() < s_l - 32'768) {
    v = (roc + 1) & 0xffff'ffff;
  }
  return SrtpIndex(v << 16 | seq.value());
}

}  // namespace sluice::srtp
