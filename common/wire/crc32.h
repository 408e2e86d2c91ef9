// CRC-32 as STUN's FINGERPRINT uses it (RFC 8489 s14.7: ITU-T V.42, reflected polynomial
// 0xedb88320).
#pragma once

#include <array>
#include <cstdint>

#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::array<uint32_t, 256> crc32_table = [] {
  std::array<uint32_t, 256> t{};
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = (c & 1) != 0 ? c >> 1 ^ 0xedb88320u : c >> 1;
    t[i] = c;
  }
  return t;
}();

// state is what an earlier call returned, to go on over the next piece.
constexpr uint32_t crc32(ByteView bytes, uint32_t state = 0) {
  uint32_t c = ~state;
  for (const uint8_t b : bytes) c = crc32_table[(c ^ b) & 0xff] ^ c >> 8;
  return ~c;
}

}  // namespace sluice::wire
