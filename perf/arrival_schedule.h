// ArrivalSchedule: when the packets of a track come.
#pragma once

#include <cstdint>
#include <random>

#include "common/base/time.h"

namespace sluice::perf {

enum class ArrivalPattern : uint8_t {
  even,     // one packet each interval
  poisson,  // independent packets
  frames,   // frame_packets at once
};
inline constexpr uint32_t frame_packets = 10;

class ArrivalSchedule {
 public:
  // interval_ns: mean between packets.
  ArrivalSchedule(ArrivalPattern pattern, double interval_ns, TimeNs start, uint64_t seed)
      : pattern_(pattern), interval_(interval_ns), at_(static_cast<double>(start)), random_(seed) {}

  TimeNs next() const { return static_cast<TimeNs>(at_); }
  void pop() {
    switch (pattern_) {
      case ArrivalPattern::even:
        at_ += interval_;
        break;
      case ArrivalPattern::poisson:
        at_ += std::exponential_distribution<double>(1 / interval_)(random_);
        break;
      case ArrivalPattern::frames:
        if (++in_frame_ % frame_packets == 0) at_ += interval_ * frame_packets;
        break;
    }
  }

 private:
  ArrivalPattern pattern_;
  double interval_;
  double at_;
  uint32_t in_frame_ = 0;
  std::mt19937_64 random_;
};

}  // namespace sluice::perf
