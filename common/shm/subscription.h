// subscription: which track feeds which stream, and how much of it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "common/shm/slot.h"
#include "common/shm/versioned.h"

namespace sluice::shm {

inline constexpr uint8_t layer_cap_none = 255;

// control_written.
struct SubscriptionRecord {
  SlotRef track;
  SlotRef stream;                         // constant in the life of the slot
  uint8_t encoding_cap = layer_cap_none;  // highest encoding (simulcast) wanted
  uint8_t spatial_cap = layer_cap_none;   // highest spatial layer (SVC) wanted
  uint8_t temporal_cap = layer_cap_none;
  uint8_t priority = 0;
  uint8_t paused = 0;
  uint8_t reserved[3] = {};
};
static_assert(sizeof(SubscriptionRecord) == 24);

// The record as it lies in its slot: what may change, in two copies.
class SubscriptionCell {
 public:
  void publish(const SubscriptionRecord& r) {
    Wish wish;
    wish.track = r.track;
    wish.caps = {r.encoding_cap, r.spatial_cap, r.temporal_cap, r.priority, r.paused};
    stream_.store(uint64_t{r.stream.generation} << 32 | r.stream.slot, std::memory_order_release);
    wish_.publish(wish);
  }
  // False: the writer was faster.
  bool read(SubscriptionRecord& out) const {
    Wish wish;
    const uint64_t stream = stream_.load(std::memory_order_acquire);
    if (!wish_.read(wish)) return false;
    out.track = wish.track;
    out.stream = {static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)};
    out.encoding_cap = wish.caps[0];
    out.spatial_cap = wish.caps[1];
    out.temporal_cap = wish.caps[2];
    out.priority = wish.caps[3];
    out.paused = wish.caps[4];
    return true;
  }

 private:
  struct Wish {
    SlotRef track;
    std::array<uint8_t, 8> caps{};
  };

  std::atomic<uint64_t> stream_{0};
  Versioned<Wish> wish_;
};

enum class SubscriptionPhase : uint8_t { none = 0, waiting = 1, open = 2, paused = 3 };

// worker_written by the stream's home worker. These lie in a table of their own, eight to a cache
// line: they change when a subscription opens or pauses, never with a packet.
struct SubscriptionState {
  std::atomic<uint32_t> generation{0};
  std::atomic<SubscriptionPhase> phase{SubscriptionPhase::none};
  std::atomic<uint8_t> encoding{0};
  std::atomic<uint16_t> switches{0};
};
static_assert(sizeof(SubscriptionState) == 8);

struct alignas(64) Subscription {
  using Record = SubscriptionRecord;
  SlotHead head;
  SubscriptionCell record;
};
static_assert(sizeof(Subscription) == 64);

}  // namespace sluice::shm
