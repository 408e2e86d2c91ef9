// What each side says of itself: one writer per struct.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "common/base/ip.h"
#include "common/base/time.h"
#include "common/shm/counters.h"
#include "common/shm/text.h"
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

// What a port reports; written by the data plane before its workers start and when the link
// changes.
struct PortInfo {
  Text<32> name;  // as configured
  Text<32> driver;
  std::array<uint8_t, 6> mac{};
  uint16_t mtu = 0;
  uint8_t link_up = 0;
  uint8_t shared_with_kernel = 0;
  uint8_t rx_queues = 0;
  uint8_t tx_queues = 0;
  uint8_t rss = 0;  // offloads in use
  uint8_t flow_rules = 0;
  uint8_t ipv4_checksum_offload = 0;
  uint8_t udp_checksum_offload = 0;
  uint32_t link_mbps = 0;
  std::array<IpAddress, 4> addresses{};        // announced as candidates; family 0 = unused
  std::array<uint16_t, 32> worker_udp_port{};  // index: worker; 0 = none
  std::array<uint8_t, 4> reserved{};
};
inline constexpr std::size_t ports_max = 8;

struct alignas(64) DataplaneStatus {
  std::atomic<uint64_t> incarnation{0};  // steps with every start of a data plane on this region
  std::atomic<uint64_t> pid{0};
  std::atomic<int64_t> started_unix_ns{0};
  std::atomic<uint64_t> tsc_hz{0};  // ticks of the stage counters in a second
  std::atomic<uint32_t> port_count{0};
  std::array<Versioned<PortInfo>, ports_max> ports;
};

}  // namespace sluice::shm
