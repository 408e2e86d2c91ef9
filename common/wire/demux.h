// Which protocol a UDP payload carries, by its first bytes (RFC 7983 s7, RFC 5761 s4).
//
//   first byte    0..3   STUN          20..63   DTLS        64..79   TURN channel
//                                     128..191  RTP or RTCP: second byte 192..223 is RTCP
#pragma once

#include <cstdint>

#include "common/wire/bytes.h"

namespace sluice::wire {

enum class Protocol : uint8_t { unknown = 0, stun, dtls, turn_channel, srtp, srtcp };

// Total: every payload has an answer; an empty one is unknown.
inline Protocol demux(ByteView payload) {
  if (payload.size() < 2) return Protocol::unknown;
  const uint8_t first = payload[0];
  if (first >= 128 && first <= 191) {
    // RFC 5761 s4: RTP payload types 64..95 are not used, so with the marker bit 192..223 is RTCP.
    return payload[1] >= 192 && payload[1] <= 223 ? Protocol::srtcp : Protocol::srtp;
  }
  if (first <= 3) return Protocol::stun;
  if (first >= 20 && first <= 63) return Protocol::dtls;
  if (first >= 64 && first <= 79) return Protocol::turn_channel;
  return Protocol::unknown;
}

}  // namespace sluice::wire
