#include "common/srtp/rtcp_key.h"

#include <algorithm>

namespace sluice::srtp {

RtcpKey keep_rtcp_key(Profile profile, const CipherKeys& keys) {
  RtcpKey out{};
  out.profile = profile;
  out.salt = keys.salt;
  std::copy_n(keys.key.begin(), key_length(profile), out.secrets.begin());
  if (profile == Profile::aes128_cm_sha1_80)
    std::copy(keys.auth_key.begin(), keys.auth_key.end(), out.secrets.begin() + 16);
  return out;
}

CipherKeys cipher_keys(const RtcpKey& key) {
  CipherKeys out;
  out.salt = key.salt;
  std::copy_n(key.key(), key_length(key.profile), out.key.begin());
  if (key.profile == Profile::aes128_cm_sha1_80)
    std::copy_n(key.auth_key(), auth_key_length, out.auth_key.begin());
  return out;
}

}  // namespace sluice::srtp
