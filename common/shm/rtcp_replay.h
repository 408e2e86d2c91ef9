// What SRTCP replay protection remembers of one sender (RFC 3711 s3.3.2, s3.4). worker_written.
//
// Such words stand with an endpoint, and with each of its streams and tracks, for a remote side
// speaks RTCP under as many SSRCs as it has streams. Which word a sender has is no matter: the SSRC
// is in it.
#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::shm {

// SSRC << 32 | highest SRTCP index; 0 = nobody's.
using RtcpHighest = std::atomic<uint64_t>;
// Bit n: highest - n was received. All bits after a restart: only newer indices are accepted.
using RtcpWindow = std::atomic<uint32_t>;
inline constexpr uint32_t rtcp_window_restarted = ~uint32_t{0};

// False: it was received before, or is too old to tell. `highest` is this sender's, or 0.
inline bool claim_rtcp_index(RtcpHighest& highest, RtcpWindow& window, uint32_t ssrc,
                             uint32_t index) {
  const uint64_t word = highest.load(std::memory_order_relaxed);
  const auto above = static_cast<uint32_t>(word);
  uint32_t seen = window.load(std::memory_order_relaxed);
  if (word != 0 && index <= above) {
    const uint32_t age = above - index;
    if (age >= 32 || (seen >> age & 1) != 0) return false;
    window.store(seen | 1U << age, std::memory_order_relaxed);
    return true;
  }
  const uint32_t step = word != 0 ? index - above : 32;
  seen = step < 32 ? seen << step : 0;
  window.store(seen | 1, std::memory_order_relaxed);
  highest.store(uint64_t{ssrc} << 32 | index, std::memory_order_release);
  return true;
}

}  // namespace sluice::shm
