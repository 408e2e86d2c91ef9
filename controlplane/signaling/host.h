// The Host header (RFC 9110 s7.2), which ends up in links and policies.
#pragma once

#include <string_view>

namespace sluice::signaling {

// A name, an IPv4 or a bracketed IPv6 address with an optional port, and no other character.
constexpr bool is_plain_host(std::string_view host) {
  if (host.empty() || host.size() > 255) return false;
  for (const char c : host) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == ':' || c == '[' || c == ']';
    if (!plain) return false;
  }
  return true;
}

}  // namespace sluice::signaling
