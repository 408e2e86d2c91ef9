// Time as an argument: nanoseconds, read once per loop by whoever owns the loop and passed down.
#pragma once

#include <cstdint>

namespace sluice {

// Monotonic nanoseconds since an arbitrary start (CLOCK_MONOTONIC in the daemons, anything in the
// simulator).
using TimeNs = int64_t;
// Wall-clock nanoseconds since 1970-01-01T00:00:00Z.
using UnixNs = int64_t;

inline constexpr TimeNs ns_per_us = 1'000;
inline constexpr TimeNs ns_per_ms = 1'000'000;
inline constexpr TimeNs ns_per_s = 1'000'000'000;

// RFC 5905 s6: 64-bit NTP timestamp, seconds since 1900 in the upper, fraction in the lower 32
// bits.
constexpr uint64_t ntp_from_unix(UnixNs t) {
  const auto s = static_cast<uint64_t>(t / ns_per_s) + 2'208'988'800ULL;
  const auto frac = (static_cast<uint64_t>(t % ns_per_s) << 32) / static_cast<uint64_t>(ns_per_s);
  return (s << 32) | frac;
}

}  // namespace sluice
