// A short text inside a shared record: fixed size, a length byte, no terminator.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::shm {

template <std::size_t N>
struct Text {
  static_assert(N <= 255);
  static constexpr std::size_t max_length = N - 1;
  uint8_t length = 0;
  std::array<char, N - 1> chars{};

  Text() = default;
  // Cut to max_length; publishers check lengths with validate_* before.
  explicit Text(std::string_view s) : length(static_cast<uint8_t>(std::min(s.size(), N - 1))) {
    std::memcpy(chars.data(), s.data(), length);
  }
  // Never reads past the array, whatever `length` says.
  std::string_view view() const { return {chars.data(), std::min<std::size_t>(length, N - 1)}; }
  bool empty() const { return length == 0; }
  bool operator==(const Text& o) const { return view() == o.view(); }
};

// The same without a length byte: what is shorter than N ends at its first NUL.
template <std::size_t N>
struct PaddedText {
  std::array<char, N> chars{};

  PaddedText() = default;
  explicit PaddedText(std::string_view s) {
    std::memcpy(chars.data(), s.data(), std::min(s.size(), N));
  }
  std::string_view view() const {
    const auto end = std::find(chars.begin(), chars.end(), '\0');
    return {chars.data(), static_cast<std::size_t>(end - chars.begin())};
  }
  bool empty() const { return chars[0] == '\0'; }
  bool operator==(const PaddedText& o) const { return view() == o.view(); }
};

}  // namespace sluice::shm
