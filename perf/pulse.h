// Pulse: how fast this core is at this moment. A few packets through the bare cipher, with key,
// source and destination in the first-level cache: it takes microseconds and pushes nothing out of
// the caches, so it can stand between any two loops of a worker. It sees what clock and neighbours
// on the core do, not what neighbours do to memory.
#pragma once

#include <cstdint>
#include <deque>

#include "perf/bare_cipher.h"

namespace sluice::perf {

class Pulse {
 public:
  // Measures the reference: what the fastest tenth of some thousand pulses took.
  Pulse();

  // 1 = as fast as at the reference. Takes a pulse when the last one is long enough ago.
  double speed();

 private:
  // Nanoseconds of a packet.
  double beat();

  DestinationRing destination_;
  BareCipher cipher_;
  double reference_ns_ = 0;
  std::deque<double> last_;  // speeds
  uint64_t due_ = 0;         // TSC
};

}  // namespace sluice::perf
