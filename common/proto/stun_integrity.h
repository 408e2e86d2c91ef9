// MESSAGE-INTEGRITY of STUN with short-term credentials (RFC 8489 s9.1, s14.5): HMAC-SHA1 under the
// password.
//
// Runs in the packet path: no heap, no lock.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "common/wire/stun.h"

namespace sluice::proto {

using HmacSha1 = std::array<uint8_t, 20>;

// RFC 2104 over the concatenation of both pieces.
HmacSha1 hmac_sha1(wire::ByteView key, wire::ByteView first, wire::ByteView second);

// False also when the message has no MESSAGE-INTEGRITY. Takes the same time wherever the MAC
// differs.
bool verify_integrity(const wire::StunView& message, std::string_view password);

// Appends MESSAGE-INTEGRITY and FINGERPRINT and ends the message. Its length, 0 if anything did not
// fit.
std::size_t finish_with_integrity(wire::StunWriter& writer, std::string_view password);

}  // namespace sluice::proto
