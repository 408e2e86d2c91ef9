// The per-packet initialization vectors of the three profiles, for RTP and RTCP.
//
//   AES-CM (RFC 3711 s4.1.1)                          AES-GCM (RFC 7714 s8.1, s9.1)
//    0       4      8            14   16               0   2      6            12
//   +-------+------+------------+----+                +---+------+------------+
//   |   0   | SSRC |   index    | 0  |                | 0 | SSRC |   index    |
//   +-------+------+------------+----+                +---+------+------------+
//   XOR salt (14 bytes, then 0 0)                     XOR salt (12 bytes)
//
// `index` has 48 bits: ROC || SEQ for RTP, 17 zero bits and the SRTCP index for RTCP.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "common/base/types.h"

namespace sluice::srtp {

static_assert(std::endian::native == std::endian::little);

inline constexpr std::size_t cm_iv_length = 16;

// 12 bytes, and the 4 that the cipher adds.
struct alignas(16) GcmIv {
  uint8_t bytes[16];
};

// The index of an SRTCP packet in the place where RTP has ROC || SEQ.
constexpr SrtpIndex nonce_index(SrtcpIndex index) {
  return SrtpIndex(index.value());
}

inline void write_cm_iv(uint8_t* iv, const uint8_t* salt, Ssrc ssrc, SrtpIndex index) {
  uint64_t head;
  uint64_t tail;
  std::memcpy(&head, salt, 8);
  std::memcpy(&tail, salt + 6, 8);  // the last 6 of the 14 bytes, shifted into place below
  head ^= __builtin_bswap64(ssrc.value());
  tail = tail >> 16 ^ __builtin_bswap64(index.value() << 16);
  std::memcpy(iv, &head, 8);
  std::memcpy(iv + 8, &tail, 8);
}

// Stored at once, as a block: the cipher loads it so, and a load from two fresh stores would wait
// 14 ns for them.
inline void write_gcm_iv(GcmIv* iv, const uint8_t* salt, Ssrc ssrc, SrtpIndex index) {
  uint64_t head;
  uint32_t tail;
  std::memcpy(&head, salt, 8);
  std::memcpy(&tail, salt + 8, 4);
  head ^= __builtin_bswap64(uint64_t{ssrc.value()} << 16 | index.value() >> 32);
  tail ^= __builtin_bswap32(static_cast<uint32_t>(index.value()));
  using Block = uint64_t __attribute__((vector_size(16)));
  const Block block = {head, tail};
  std::memcpy(iv->bytes, &block, sizeof(block));
}

// RFC 3711 s4.2: what the HMAC covers behind the packet.
inline void write_roc(uint8_t* out, SrtpIndex index) {
  const uint32_t roc = __builtin_bswap32(static_cast<uint32_t>(index.value() >> 16));
  std::memcpy(out, &roc, 4);
}

}  // namespace sluice::srtp
