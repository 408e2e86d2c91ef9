// VirtualCore: the worker of a rig on a core of its own, in virtual time. Each loop is timed, and
// the clock goes on by exactly what it took; what the bench does between loops takes no time. So
// delays and load are those of a dedicated core, whatever else the machine does. What a loop took
// can be told in the time of a reference machine: set_speed() says how fast this one is now.
//
// When the kernel takes the core for something else (another thread, its own tick, none of which a
// worker's core knows), a loop is charged what the thread ran. That leaves the tick itself and cold
// caches, some 50 us here: undisturbed() says that it was long enough ago, whatever the loops took.
#pragma once

#include <cstdint>

#include "common/base/time.h"
#include "tests/rig/node_rig.h"

namespace sluice::perf {

// Since the last reset.
struct CoreUsage {
  TimeNs passed = 0;           // loops, and idle time
  TimeNs busy = 0;             // loops that found work
  TimeNs longest = 0;          // of those
  uint64_t loops = 0;          // that found work
  uint64_t interrupted = 0;    // times that the kernel took the core
  uint64_t stopped = 0;        // loops that were stopped from outside
  TimeNs stopped_longest = 0;  // what the longest of these really took
  double load() const {
    return passed == 0 ? 0 : static_cast<double>(busy) / static_cast<double>(passed);
  }
};

// A loop of over a millisecond by what the thread ran, and far beyond what its packets usually
// take: it counts as it is; or the machine was stopped from outside, which a guest cannot see, and
// it counts as its packets usually do.
enum class LongLoop : uint8_t { counts, was_stopped };

class VirtualCore {
 public:
  VirtualCore(rig::NodeRig& rig, LongLoop long_loop);

  // One loop. False when it found nothing to do.
  bool step();
  // The worker polls in vain until then; nothing when that is past.
  void idle_until(TimeNs at);
  TimeNs now() const { return rig_.now(); }
  // A TSC reading taken inside the last loop, in virtual time.
  TimeNs time_of(uint64_t tsc) const;
  // The worker has had the core and its caches for itself long enough.
  bool undisturbed() const { return rig_.now() >= disturbed_until_; }
  // 1 = as fast as the reference.
  void set_speed(double speed) { speed_ = speed; }

  const CoreUsage& usage() const { return usage_; }
  void reset_usage() { usage_ = {}; }

 private:
  struct Reading {
    uint64_t tsc;
    TimeNs thread;
    TimeNs tick;  // steps with the kernel's tick
  };
  static Reading read();
  bool interrupted_between(const Reading& a, const Reading& b) const;
  void on_interruption();
  uint64_t packets() const;
  // Nanoseconds that a loop counts which took `ns` and moved that many packets.
  double without_stop(double ns, uint64_t packets);

  rig::NodeRig& rig_;
  LongLoop long_loop_;
  double ns_per_cycle_;
  double speed_ = 1;
  double remainder_ = 0;    // of a nanosecond
  double packet_ns_ = 200;  // usual time of a loop per packet in or out
  // The last loop.
  uint64_t began_tsc_ = 0;
  TimeNs began_at_ = 0;
  Reading ended_;
  TimeNs disturbed_until_ = 0;
  CoreUsage usage_;
};

}  // namespace sluice::perf
