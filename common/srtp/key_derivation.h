// RFC 3711 s4.3: session keys from a master key, with the AES-CM PRF. RFC 7714 s11 keeps the
// derivation for the AEAD profiles (256-bit PRF for AEAD_AES_256_GCM, as in RFC 6188 s3), only the
// salts are 12 bytes long.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "common/base/srtp_profile.h"

namespace sluice::srtp {

inline constexpr std::size_t auth_key_length = 20;  // RFC 3711 s8.2: HMAC-SHA1

// What one direction needs for one of RTP or RTCP; only the lengths of the profile are filled, the
// rest is zero. AEAD profiles have no authentication key.
struct CipherKeys {
  std::array<uint8_t, key_length_max> key{};
  std::array<uint8_t, auth_key_length> auth_key{};
  std::array<uint8_t, salt_length_max> salt{};
};

// Wiped when it ends.
struct SessionKeys {
  CipherKeys rtp;
  CipherKeys rtcp;
  SessionKeys() = default;
  SessionKeys(const SessionKeys&) = default;
  SessionKeys& operator=(const SessionKeys&) = default;
  ~SessionKeys();
};

// RFC 3711 s4.3.1, key derivation rate 0: all the session keys that a master key will ever give.
SessionKeys derive_session_keys(Profile profile, const MasterKey& master);

// RFC 3711 s4.3.3, RFC 6188 s3: fills `out` with PRF(master_key, label XOR master_salt).
// `master_key` has 16 or 32 bytes, `master_salt` 12 or 14 (12 are padded on the right, RFC 7714
// s11). At most 2^20 bytes.
void derive_key(std::span<const uint8_t> master_key, std::span<const uint8_t> master_salt,
                uint8_t label, std::span<uint8_t> out);

}  // namespace sluice::srtp
