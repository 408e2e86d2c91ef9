// SRTP protection profiles and master keys, as DTLS-SRTP negotiates them (RFC 5764 s4.1.2, RFC 7714
// s14.2).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::srtp {

// Values are the IANA DTLS-SRTP protection profile numbers.
enum class Profile : uint8_t {
  none = 0,
  aes128_cm_sha1_80 = 1,
  aead_aes_128_gcm = 7,
  aead_aes_256_gcm = 8,
};

inline constexpr std::size_t key_length_max = 32;
inline constexpr std::size_t salt_length_max = 14;

struct MasterKey {
  std::array<uint8_t, key_length_max> key{};
  std::array<uint8_t, salt_length_max> salt{};
  std::array<uint8_t, 2> reserved{};
};
static_assert(sizeof(MasterKey) == 48);

constexpr std::size_t key_length(Profile p) {
  return p == Profile::aead_aes_256_gcm ? 32 : 16;
}
constexpr std::size_t salt_length(Profile p) {
  return p == Profile::aes128_cm_sha1_80 ? 14 : 12;
}
// Bytes that protection adds to an RTP packet.
constexpr std::size_t rtp_overhead(Profile p) {
  return p == Profile::aes128_cm_sha1_80 ? 10 : 16;
}
// Bytes that protection adds to an RTCP packet: tag + E flag and index (RFC 3711 s3.4, RFC 7714
// s9).
constexpr std::size_t rtcp_overhead(Profile p) {
  return rtp_overhead(p) + 4;
}
constexpr bool is_known(Profile p) {
  return p == Profile::aes128_cm_sha1_80 || p == Profile::aead_aes_128_gcm ||
         p == Profile::aead_aes_256_gcm;
}
constexpr std::string_view name_of(Profile p) {
  switch (p) {
    case Profile::aes128_cm_sha1_80:
      return "SRTP_AES128_CM_SHA1_80";
    case Profile::aead_aes_128_gcm:
      return "SRTP_AEAD_AES_128_GCM";
    case Profile::aead_aes_256_gcm:
      return "SRTP_AEAD_AES_256_GCM";
    case Profile::none:
      break;
  }
  return "none";
}

}  // namespace sluice::srtp
