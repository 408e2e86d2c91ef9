// The clocks of a run; read once per loop and passed down.
#pragma once

#include <time.h>

#include "common/base/time.h"

namespace sluice::loadgen {

inline int64_t read_clock(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return t.tv_sec * ns_per_s + t.tv_nsec;
}
inline TimeNs monotonic_now() {
  return read_clock(CLOCK_MONOTONIC);
}
inline UnixNs unix_now() {
  return read_clock(CLOCK_REALTIME);
}

}  // namespace sluice::loadgen
