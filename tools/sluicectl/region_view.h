// A region as the tools see it: mapped read-only, with who is alive and how old its numbers are.
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>

#include "common/base/time.h"
#include "common/shm/counters.h"
#include "common/shm/region.h"
#include "tools/sluicectl/commands.h"

namespace sluice::ctl {

// One look at the counters of a worker, whole.
struct WorkerLook {
  shm::Counters counters;
  TimeNs at = 0;  // when the worker published them; 0 = never
};

class RegionView {
 public:
  // Nothing after an error on output.err: no region, not yet ready, incompatible.
  static std::optional<RegionView> open(const Options& options, Output output);

  shm::Region& region() const { return *region_; }
  bool dataplane_alive() const { return dataplane_alive_; }
  bool control_alive() const { return control_alive_; }
  uint32_t workers() const { return region_->capacities().workers; }

  // The last complete numbers of a worker. Throws std::runtime_error when its writer never holds
  // still.
  WorkerLook look(uint32_t worker) const;
  // Of all workers: every counter added up, but a maximum where the counter is one.
  static shm::Counters sum(const std::vector<WorkerLook>& looks);
  std::vector<WorkerLook> look_at_all() const;

  // One line that says which daemon is dead and how old the numbers are; nothing when both live.
  void print_age(std::ostream& out) const;

 private:
  std::unique_ptr<shm::Region> region_;
  bool dataplane_alive_ = false;
  bool control_alive_ = false;
};

TimeNs monotonic_now();  // CLOCK_MONOTONIC, as the daemons use for what they store
UnixNs unix_now();
// Nanoseconds between `at` (monotonic) and now; -1 when `at` is 0 (never).
TimeNs age_of(TimeNs at);

}  // namespace sluice::ctl
