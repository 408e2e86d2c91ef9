// What each side says of itself: one writer per struct.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "common/base/time.h"
#include "common/shm/counters.h"
#include "common/shm/port_info.h"
#include "common/shm/versioned.h"

namespace sluice::shm {

// control_written.
struct alignas(64) ControlStatus {
  std::atomic<uint64_t> incarnation{0};  // random per control process; 0 = never attached
  std::atomic<uint64_t> epoch{1};        // steps with every retirement
  std::atomic<int64_t> heartbeat_ns{0};  // CLOCK_MONOTONIC
  std::atomic<uint64_t> wake{0};  // pid << 32 | eventfd number + 1, for pidfd_getfd(2); 0 = none
  std::atomic<uint32_t> sleeping{0};  // 1: signal the eventfd when a ring gets its first record
};

// worker_written.
struct WorkerSnapshot {
  Counters counters;
  TimeNs at = 0;
};

struct alignas(64) WorkerStatus {
  std::atomic<uint64_t> seen_epoch{
      0};  // last ControlStatus::epoch this worker has fully acted upon
  std::atomic<int64_t> heartbeat_ns{0};
  alignas(64) Versioned<WorkerSnapshot> snapshot;  // published once per loop that changed something
};

struct alignas(64) DataplaneStatus {
  std::atomic<uint64_t> incarnation{0};  // steps with every start of a data plane on this region
  std::atomic<uint64_t> pid{0};
  std::atomic<int64_t> started_unix_ns{0};
  std::atomic<uint64_t> tsc_hz{0};  // ticks of the stage counters in a second
  std::atomic<uint32_t> port_count{0};
  std::array<Versioned<PortInfo>, ports_max> ports;
};

}  // namespace sluice::shm
