// What the options of the flood programs say.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/ip.h"

namespace sluice::flood {

template <class N>
std::optional<N> parse_number(std::string_view text, int base = 10) {
  N number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number, base);
  if (error != std::errc{} || end != text.end()) return std::nullopt;
  return number;
}

// ADDRESS:PORT, IPv4 alone.
inline std::optional<SocketAddress> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  const auto ip = parse_ip(text.substr(0, colon));
  const auto port = parse_number<uint16_t>(text.substr(colon + 1));
  if (!ip.ok() || !ip->is_v4() || !port) return std::nullopt;
  return SocketAddress{*ip, *port, 0};
}

// Two hexadecimal digits a byte.
inline std::optional<std::vector<uint8_t>> parse_bytes(std::string_view text) {
  std::vector<uint8_t> bytes;
  for (; text.size() >= 2; text.remove_prefix(2)) {
    const auto byte = parse_number<uint8_t>(text.substr(0, 2), 16);
    if (!byte) return std::nullopt;
    bytes.push_back(*byte);
  }
  if (!text.empty()) return std::nullopt;
  return bytes;
}

}  // namespace sluice::flood
