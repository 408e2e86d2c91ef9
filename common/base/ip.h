// Addresses as both planes, the region and the wire share them: fixed size, no pointers, network
// order bytes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace sluice {

// An IPv4 or IPv6 address. IPv4 lies in the first four bytes, the rest is zero. Bytes in network
// order.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};
  uint8_t family = 0;  // 0 = none, 4, 6
  std::array<uint8_t, 3> reserved{};

  bool is_v4() const { return family == 4; }
  bool is_v6() const { return family == 6; }
  auto operator<=>(const IpAddress&) const = default;
};
static_assert(sizeof(IpAddress) == 20);

// A UDP transport address. port in host order.
struct SocketAddress {
  IpAddress ip;
  uint16_t port = 0;
  uint16_t reserved = 0;

  auto operator<=>(const SocketAddress&) const = default;
};
static_assert(sizeof(SocketAddress) == 24);

// "192.0.2.1", "2001:db8::1". Errors name the text.
Result<IpAddress> parse_ip(std::string_view text);
// RFC 5952 text form.
std::string to_string(const IpAddress& ip);
// "192.0.2.1:5000", "[2001:db8::1]:5000".
std::string to_string(const SocketAddress& a);

}  // namespace sluice
