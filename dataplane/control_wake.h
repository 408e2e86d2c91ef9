// The control plane's eventfd, fetched from its process, so that a worker can wake it. A
// convenience: without it (no right to, or an old kernel) the control plane finds its rings by
// polling.
#pragma once

#include <atomic>
#include <cstdint>

#include "common/shm/status.h"

namespace sluice::dataplane {

class ControlWake {
 public:
  ControlWake() = default;
  ~ControlWake();
  ControlWake(const ControlWake&) = delete;
  ControlWake& operator=(const ControlWake&) = delete;

  // Main thread, from time to time: follows ControlStatus::wake.
  void update(const shm::ControlStatus& control);
  // For the workers: -1 = none. A descriptor stays open for one more update() after it was
  // replaced.
  const std::atomic<int>& descriptor() const { return descriptor_; }

 private:
  uint64_t seen_ = 0;  // the word the current descriptor was made from
  std::atomic<int> descriptor_{-1};
  int retiring_ = -1;
};

}  // namespace sluice::dataplane
