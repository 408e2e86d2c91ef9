// A slot of a table: its state, its generation, and who owns it. control_written.
//
//   free -> filling -> live -> retired -> free
//
// The generation steps when a slot leaves `free`; a SlotRef with an older generation never matches
// again. A retired slot becomes free when every worker has passed a quiescent point (worker
// seen_epoch >= retired_epoch).
#pragma once

#include <atomic>
#include <cstdint>

#include "common/base/types.h"

namespace sluice::shm {

enum class SlotState : uint8_t { free = 0, filling = 1, live = 2, retired = 3 };

// Names one use of one slot. generation 0 = refers to nothing.
struct SlotRef {
  uint32_t slot = 0;
  uint32_t generation = 0;
  bool operator==(const SlotRef&) const = default;
  explicit operator bool() const { return generation != 0; }
};
static_assert(sizeof(SlotRef) == 8);

// One 8-byte word, so all are read together: owner's incarnation, 24 bits of it << 40 | generation
// << 8 | state.
class SlotWord {
 public:
  struct Value {
    SlotState state;
    Generation generation;
    uint32_t owner;  // of the control plane that filled it, 24 bits
  };
  Value load() const {
    const uint64_t w = word_.load(std::memory_order_acquire);
    return {static_cast<SlotState>(w & 3), Generation(static_cast<uint32_t>(w >> 8)),
            static_cast<uint32_t>(w >> 40)};
  }
  // The owner stays.
  void store(SlotState s, Generation g) {
    store(s, g, word_.load(std::memory_order_relaxed) >> 40);
  }
  void store(SlotState s, Generation g, uint64_t owner_incarnation) {
    word_.store(owner_incarnation << 40 | uint64_t{g.value()} << 8 | static_cast<uint64_t>(s),
                std::memory_order_release);
  }
  bool is_live(SlotRef ref, uint32_t slot) const {
    const Value v = load();
    return v.state == SlotState::live && ref.slot == slot && v.generation.value() == ref.generation;
  }

 private:
  std::atomic<uint64_t> word_{0};
};

// control_written part common to all tables; a cache line of its own together with `record`'s head.
struct SlotHead {
  SlotWord word;
  std::atomic<uint64_t> retired_epoch{0};  // value of ControlStatus::epoch when retired
};
static_assert(sizeof(SlotHead) == 16);

}  // namespace sluice::shm
