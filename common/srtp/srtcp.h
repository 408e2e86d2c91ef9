// The SRTCP trailer word and what else both engines read of an SRTCP packet (RFC 3711 s3.4, RFC
// 7714 s9).
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-------------------------------------------------------------+
//   |E|                        SRTCP index                          |
//   +-+-------------------------------------------------------------+
#pragma once

#include <cstdint>
#include <cstring>

#include "common/base/types.h"

namespace sluice::srtp {

inline constexpr std::size_t srtcp_header_length =
    8;  // in clear: first word and SSRC of the sender
inline constexpr std::size_t srtcp_word_length = 4;
inline constexpr uint32_t srtcp_index_max = 0x7fff'ffff;

inline uint32_t load_be32(const uint8_t* p) {
  uint32_t v;
  std::memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}

inline Ssrc srtcp_ssrc(const uint8_t* packet) {
  return Ssrc(load_be32(packet + 4));
}
inline SrtcpIndex srtcp_index(const uint8_t* word) {
  return SrtcpIndex(load_be32(word) & srtcp_index_max);
}
// Unencrypted SRTCP is refused: no profile that DTLS-SRTP negotiates sends it.
inline bool srtcp_is_encrypted(const uint8_t* word) {
  return (word[0] & 0x80) != 0;
}

inline void write_srtcp_word(uint8_t* word, SrtcpIndex index) {
  const uint32_t v = __builtin_bswap32(index.value() | 0x8000'0000);
  std::memcpy(word, &v, 4);
}

// RFC 7714 s9.2: the associated data of an encrypted packet, header and trailer word.
struct SrtcpAad {
  uint8_t bytes[srtcp_header_length + srtcp_word_length];
  SrtcpAad(const uint8_t* packet, const uint8_t* word) {
    std::memcpy(bytes, packet, srtcp_header_length);
    std::memcpy(bytes + srtcp_header_length, word, srtcp_word_length);
  }
};

}  // namespace sluice::srtp
