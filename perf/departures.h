// Departures: every frame that leaves a rig with one worker, looked at as it leaves: to the
// reception and the sample check of its audience, then held back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "perf/audience.h"
#include "perf/exit_stamps.h"
#include "perf/held_frames.h"
#include "perf/reception.h"

struct rte_mbuf;

namespace sluice::perf {

class Departures {
 public:
  explicit Departures(rig::NodeRig& rig) : rig_(rig) {}

  // An open audience with one track, nothing of which is under way; it outlives this. Frames of
  // streams that the bench made itself are for the first one's check.
  void add(Audience& audience);
  Reception& reception(std::size_t audience) { return *receptions_[audience]; }
  // Takes all that has left. time_of: the moment of a TSC reading. Timed: the delays count.
  void collect(const std::function<TimeNs(uint64_t tsc)>& time_of, bool timed);

 private:
  void look(const rte_mbuf* m, TimeNs left, bool timed);

  rig::NodeRig& rig_;
  ExitStamps stamps_;
  std::vector<Audience*> audiences_;
  std::vector<std::unique_ptr<Reception>> receptions_;
  HeldFrames held_;
};

}  // namespace sluice::perf
