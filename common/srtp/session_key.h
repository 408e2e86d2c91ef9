// The layout behind the opaque SessionKey. The bytes that every packet reads share cache lines: the
// hash key power that GCM uses last, the salt and the profile are one line; an AES-CM key is four
// lines, all at the end.
//
//   line 0 .. 15                                             16
//   +--------------------------------------------------+----+--------------+
//   | GCM: AES schedule, powers of the hash key (1,008) |salt| SRTCP: raw   |
//   | AES-CM: ... AES schedule, HMAC                    |    |              |
//   | libsrtp: pointer                                  |    |              |
//   +--------------------------------------------------+----+--------------+
#pragma once

#include <intel-ipsec-mb.h>

#include <cstddef>
#include <cstdint>

#include "common/base/srtp_profile.h"
#include "common/srtp/engine.h"
#include "common/srtp/key_derivation.h"
#include "common/srtp/rtcp_key.h"

namespace sluice::srtp {

inline constexpr std::size_t cache_line = 64;

class PortableSession;

struct CmKey {
  uint8_t unused[768];
  alignas(16) uint8_t schedule[11 * 16];        // AES-128 encryption round keys
  uint8_t ipad[IMB_SHA1_DIGEST_SIZE_IN_BYTES];  // SHA-1 states after the HMAC pads
  uint8_t opad[IMB_SHA1_DIGEST_SIZE_IN_BYTES];
};

// The cipher's part is kept as bytes: the size of gcm_key_data depends on a macro of its header.
inline constexpr std::size_t gcm_key_size =
    offsetof(gcm_key_data, ghash_keys) + sizeof(gcm_key_data::ghash_keys);
static_assert(gcm_key_size == 1'008 && sizeof(CmKey) <= gcm_key_size);
static_assert(offsetof(CmKey, schedule) == 12 * cache_line);

struct alignas(cache_line) SessionKey {
  alignas(cache_line) std::byte cipher[gcm_key_size];
  uint8_t salt[salt_length_max];
  Profile profile;
  uint8_t reserved;
  RtcpKey rtcp;

  // clang-format off
  gcm_key_data* gcm() { return reinterpret_cast<gcm_key_data*>(cipher); }
  const gcm_key_data* gcm() const { return reinterpret_cast<const gcm_key_data*>(cipher); }
  CmKey* cm() { return reinterpret_cast<CmKey*>(cipher); }
  const CmKey* cm() const { return reinterpret_cast<const CmKey*>(cipher); }
  PortableSession*& portable() { return *reinterpret_cast<PortableSession**>(cipher); }
  PortableSession* portable() const { return *reinterpret_cast<PortableSession* const*>(cipher); }
  // clang-format on
};
static_assert(offsetof(SessionKey, rtcp) == 16 * cache_line);
static_assert(sizeof(SessionKey) == 17 * cache_line);

}  // namespace sluice::srtp
