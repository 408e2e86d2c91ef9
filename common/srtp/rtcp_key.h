// RtcpKey: the SRTCP session key of one direction, kept raw and expanded for one packet at a time
// (176 ns): RTCP is rare, and an expanded key takes a kilobyte.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/srtp_profile.h"
#include "common/srtp/key_derivation.h"

namespace sluice::srtp {

struct RtcpKey {
  // AES-GCM: up to 32 bytes of key. AES-CM: 16 bytes of key, then the 20 of its HMAC-SHA1.
  std::array<uint8_t, 16 + auth_key_length> secrets;
  std::array<uint8_t, salt_length_max> salt;
  Profile profile;
  uint8_t reserved;

  const uint8_t* key() const { return secrets.data(); }
  const uint8_t* auth_key() const { return secrets.data() + 16; }
};
static_assert(sizeof(RtcpKey) == 52 && 16 + auth_key_length >= key_length_max);

RtcpKey keep_rtcp_key(Profile profile, const CipherKeys& keys);
// The other way, for an engine that takes them so. Wiped by the caller.
CipherKeys cipher_keys(const RtcpKey& key);

}  // namespace sluice::srtp
