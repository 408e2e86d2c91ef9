// Authentication tags: lengths, and comparison in a time that does not depend on the bytes.
#pragma once

#include <cstdint>
#include <cstring>

namespace sluice::srtp {

inline constexpr std::size_t sha1_80_tag_length = 10;  // RFC 3711 s5.2
inline constexpr std::size_t gcm_tag_length = 16;      // RFC 7714 s13.2

inline bool sha1_80_tags_equal(const uint8_t* a, const uint8_t* b) {
  uint64_t a8, b8;
  uint16_t a2, b2;
  std::memcpy(&a8, a, 8);
  std::memcpy(&b8, b, 8);
  std::memcpy(&a2, a + 8, 2);
  std::memcpy(&b2, b + 8, 2);
  return ((a8 ^ b8) | static_cast<uint64_t>(a2 ^ b2)) == 0;
}

inline bool gcm_tags_equal(const uint8_t* a, const uint8_t* b) {
  uint64_t a_words[2], b_words[2];
  std::memcpy(a_words, a, 16);
  std::memcpy(b_words, b, 16);
  return ((a_words[0] ^ b_words[0]) | (a_words[1] ^ b_words[1])) == 0;
}

}  // namespace sluice::srtp
