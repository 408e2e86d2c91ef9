// What floods may cost a worker: counts that start again with each interval. Whoever is not proven
// to be somebody has budgets by source address and in all; an endpoint has its own, so that nobody
// uses up another's. What is refused costs a look-up and a named counter.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "common/base/time.h"
#include "common/shm/messages.h"
#include "dataplane/packet.h"

namespace sluice::dataplane {

inline constexpr TimeNs budget_interval_ns = 100 * ns_per_ms;

// ---- of one endpoint, in an interval

// What is verified in its name, 0.3 us each with SHA instructions: checks (from its own 5-tuples
// all, from elsewhere the valid ones) and SRTCP packets from its own 5-tuples that are forged or
// come again. Browsers make 0.4 checks a second, two while nobody answers, and up to 20 while they
// connect. So many because a forged packet is known only afterwards, and some of the owner's must
// come through between those.
inline constexpr uint16_t endpoint_tries_max = 16'384;
// A packet is one try, and one more for each so many bytes of it.
inline constexpr uint16_t try_bytes = 256;
// An answer is made and sent, too.
inline constexpr uint16_t answer_tries = 3;
// SRTCP leaves the rest to checks, on which the transport's life depends.
inline constexpr uint16_t endpoint_rtcp_tries_max = endpoint_tries_max / 2;
// Checks from elsewhere that do not verify. Who knows one fragment floods its owner's budget alone.
inline constexpr uint8_t endpoint_unverified_max = 128;
// DTLS datagrams: a handshake takes less than ten.
inline constexpr uint8_t endpoint_handshake_max = 64;
// Its own SRTCP packets. A browser with 25 videos sends below 100.
inline constexpr uint8_t endpoint_rtcp_max = 250;
// SRTP packets whose tag does not verify. Then only what continues a known source is tried:
// somebody who does not see the packets cannot guess that, and the media goes on. More than `hard`
// comes from who does see them, or from the peer itself.
inline constexpr uint32_t endpoint_forged_soft_max = 1'024;
inline constexpr uint32_t endpoint_forged_hard_max = 8'192;
// How far from its source's highest index a packet continues it.
inline constexpr uint64_t continues_within = 512;

// ---- of a worker, in an interval

// Checks that name an endpoint, come from none of its 5-tuples and do not verify: of one source
// address (they share 256 cells), which may be a NAT with newcomers behind it, and in all.
inline constexpr uint16_t source_checks_max = 512;
inline constexpr uint16_t stranger_checks_max = 4'096;
// Datagrams to the control plane of the classes endpoint and invited, each.
inline constexpr uint16_t punts_max = 1'024;
inline constexpr uint16_t echoes_max = 256;

// Part of an endpoint's context; of the interval that it names.
struct EndpointSpending {
  uint8_t interval = 0;  // the low bits of its number
  uint8_t handshake = 0;
  uint8_t rtcp = 0;
  uint8_t unverified = 0;  // checks from elsewhere
  uint16_t tries = 0;
};
static_assert(sizeof(EndpointSpending) == 6);

constexpr uint16_t tries_of(uint16_t length) {
  return static_cast<uint16_t>(1 + length / try_bytes);
}

class Budgets {
 public:
  // Once per loop.
  void refresh(TimeNs now) {
    if (now < ends_at_) return;
    ends_at_ = now + budget_interval_ns;
    ++interval_;
    stranger_checks_ = 0;
    by_source_.fill(0);
    punts_.fill(0);
  }
  uint8_t interval() const { return interval_; }

  // What the endpoint has spent in this interval.
  EndpointSpending& of(EndpointSpending& s) const {
    if (s.interval != interval_) s = {.interval = interval_};
    return s;
  }
  // Counts one up; false when that is more than `most`.
  template <class N>
  static bool take(N& spent, N most) {
    if (spent >= most) return false;
    ++spent;
    return true;
  }

  // A check for an endpoint from none of its 5-tuples.
  bool may_verify(const EndpointSpending& spent, const Flow& from) const {
    return spent.unverified < endpoint_unverified_max && stranger_checks_ < stranger_checks_max &&
           by_source_[cell_of(from)] < source_checks_max;
  }
  void on_unverified(EndpointSpending& spent, const Flow& from) {
    ++spent.unverified;
    ++stranger_checks_;
    ++by_source_[cell_of(from)];
  }
  bool take_punt(shm::PuntClass c) { return take(punts_[static_cast<std::size_t>(c)], punts_max); }

 private:
  // An IPv6 host has a /64 to choose from.
  static std::size_t cell_of(const Flow& from) {
    uint64_t word;
    std::memcpy(&word, from.remote_ip.data(), sizeof word);
    return word * 0x9e3779b97f4a7c15ULL >> 56;
  }

  TimeNs ends_at_ = 0;
  uint8_t interval_ = 0;
  uint16_t stranger_checks_ = 0;
  std::array<uint16_t, 256> by_source_{};
  std::array<uint16_t, shm::punt_class_count> punts_{};
};

}  // namespace sluice::dataplane
