// The SRTP suites by the names that benches know them by.
#pragma once

#include <map>
#include <string>

#include "common/base/srtp_profile.h"

namespace sluice::perf {

inline const std::map<std::string, srtp::Profile> suites{
    {"aes128gcm", srtp::Profile::aead_aes_128_gcm},
    {"aes256gcm", srtp::Profile::aead_aes_256_gcm},
    {"aescm", srtp::Profile::aes128_cm_sha1_80}};

}  // namespace sluice::perf
