// A token bucket: so many at once, so many per second thereafter.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/time.h"

namespace sluice::signaling {

class RateLimit {
 public:
  RateLimit(uint32_t burst, uint32_t per_s)
      : interval_ns_(ns_per_s / per_s), window_ns_(interval_ns_ * burst) {}

  // False when it comes too early.
  bool take(TimeNs now) {
    // GCRA: the time at which the bucket would be full again says everything.
    const TimeNs full_at = std::max(full_at_, now) + interval_ns_;
    if (full_at - now > window_ns_) return false;
    full_at_ = full_at;
    return true;
  }

 private:
  TimeNs interval_ns_;
  TimeNs window_ns_;
  TimeNs full_at_ = 0;
};

}  // namespace sluice::signaling
