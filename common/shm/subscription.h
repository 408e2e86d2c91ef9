// subscription: which track feeds which stream, and how much of it.
#pragma once

#include <atomic>
#include <cstdint>

#include "common/shm/slot.h"
#include "common/shm/versioned.h"

namespace sluice::shm {

inline constexpr uint8_t layer_cap_none = 255;

// control_written.
struct SubscriptionRecord {
  uint64_t id = 0;
  SlotRef track;
  SlotRef stream;
  uint8_t encoding_cap = layer_cap_none;  // highest encoding (simulcast) wanted
  uint8_t spatial_cap = layer_cap_none;   // highest spatial layer (SVC) wanted
  uint8_t temporal_cap = layer_cap_none;
  uint8_t priority = 0;
  uint8_t paused = 0;
  uint8_t reserved[3] = {};
};
static_assert(sizeof(SubscriptionRecord) % 8 == 0);

enum class SubscriptionPhase : uint32_t { none = 0, waiting = 1, open = 2, paused = 3 };

// worker_written by the stream's home worker.
struct SubscriptionState {
  std::atomic<uint32_t> generation{0};
  std::atomic<SubscriptionPhase> phase{SubscriptionPhase::none};
  std::atomic<uint32_t> encoding{0};
  std::atomic<uint32_t> switches{0};
};

struct alignas(64) Subscription {
  using Record = SubscriptionRecord;
  SlotHead head;
  Versioned<SubscriptionRecord> record;
  alignas(64) SubscriptionState state;
};

}  // namespace sluice::shm
