// RFC 4648 s5: base64url without padding, as JWS uses it (RFC 7515 s2).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::signaling {

std::string to_base64url(std::span<const uint8_t> bytes);
// Refuses padding, foreign characters and bits that no encoder sets: one text per value.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace sluice::signaling
