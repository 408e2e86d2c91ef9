// DPDK's environment abstraction layer for one run: one core, no files left behind.
#pragma once

#include <sched.h>

#include "common/base/result.h"
#include "tools/loadgen/options.h"

namespace sluice::loadgen {

class Eal {
 public:
  // Once per process. The calling thread becomes the poll loop's and is pinned to its core.
  static Result<Eal> start(const Options& options);
  Eal(Eal&& other) noexcept : others_(other.others_), running_(other.running_) {
    other.running_ = false;
  }
  Eal& operator=(Eal&&) = delete;
  ~Eal();

  // Moves the calling thread to the cores the poll loop is not on, if there are any.
  void leave_poll_core() const;

 private:
  explicit Eal(const cpu_set_t& others) : others_(others) {}

  cpu_set_t others_;
  bool running_ = true;
};

}  // namespace sluice::loadgen
