// StageClock: where a worker's time goes. Each stage ends with a lap: what has passed since the
// last one is that stage's.
#pragma once

#include <rte_cycles.h>

#include <cstdint>

#include "common/shm/counters.h"

namespace sluice::dataplane {

class StageClock {
 public:
  // off: laps count nothing.
  StageClock(shm::Counters& counters, bool on) : counters_(counters), on_(on) {}

  // Of the CPU's time-stamp counter; for bounding a stage, never a packet's time.
  static uint64_t ticks() { return rte_rdtsc(); }

  // The loop begins: what was before is nobody's.
  void begin() {
    if (on_) since_ = ticks();
  }
  // `items`: packets or records that the stage took; a lap without any is not counted as a run.
  void lap(shm::Stage stage, uint64_t items) {
    if (!on_) return;
    const uint64_t now = ticks();
    uint64_t* c = &counters_[ticks_of(stage)];
    c[0] += now - since_;
    c[1] += items != 0 ? 1 : 0;
    c[2] += items;
    since_ = now;
  }

 private:
  shm::Counters& counters_;
  const bool on_;
  uint64_t since_ = 0;
};

}  // namespace sluice::dataplane
