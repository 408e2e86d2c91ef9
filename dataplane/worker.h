// Worker: one core, one queue pair per port, one loop. Run to completion.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "common/base/result.h"
#include "dataplane/classify.h"
#include "dataplane/core.h"
#include "dataplane/neighbours.h"
#include "dataplane/rx.h"

namespace sluice::dataplane {

struct WorkerSetup {
  Node node;
  uint32_t id = 0;
  rte_mempool* pool = nullptr;
  srtp::EngineKind engine = srtp::EngineKind::multi_buffer;
  uint32_t idle_sleep_us = 0;  // 0 = poll
  const std::atomic<int>* control_wake =
      nullptr;  // the control plane's eventfd, -1 = none; null = never
};

class Worker {
 public:
  // Errors: what the SRTP engine lacks.
  static Result<std::unique_ptr<Worker>> create(const WorkerSetup& setup);

  // Until stop is set.
  void run(const std::atomic<bool>& stop);
  // One iteration at these clocks; the simulator and the tests drive it. True when it found work.
  bool loop(TimeNs now, UnixNs unix_now);

  Core& core() { return core_; }

 private:
  Worker(const WorkerSetup& setup, std::unique_ptr<srtp::Engine> engine);
  std::size_t take_bursts(TimeNs now);
  void take_burst(TimeNs now);
  void end_loop(TimeNs now, bool busy);

  WorkerSetup setup_;
  Core core_;
  Neighbours neighbours_;
  Rx rx_;
  Classifier classifier_;
  RxBatch batch_;
  Classified classified_;
  TimeNs published_at_ = 0;
  bool unpublished_ = true;
};

}  // namespace sluice::dataplane
