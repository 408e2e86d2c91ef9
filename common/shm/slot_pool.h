// SlotPool: the free slots of one table. Slots of one worker come from the same blocks, so that
// what the other workers keep of them by slot is memory they never touch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::shm {

class SlotPool {
 public:
  static constexpr uint32_t block_slots = 1'024;

  SlotPool() = default;
  SlotPool(uint32_t slots, uint32_t workers);

  // Also to begin with, highest slot first: the lowest is then taken first and tables stay dense.
  void put(uint32_t slot);
  // A free slot for what is at home at this worker; of another's blocks when there is no other.
  std::optional<uint32_t> take(uint32_t worker);
  std::size_t count() const { return count_; }

 private:
  static constexpr uint32_t nobody = UINT32_MAX;
  struct Block {
    std::vector<uint32_t> free;  // slots, used as a stack
    uint32_t owner = nobody;     // worker
    bool listed = false;         // in its owner's list
  };
  // The block of this worker to take from; null: all are empty.
  Block* open_block(uint32_t worker);

  std::vector<Block> blocks_;
  std::vector<uint32_t> unowned_;            // blocks, the lowest last
  std::vector<std::vector<uint32_t>> open_;  // by worker: blocks that may have free slots
  std::size_t count_ = 0;
};

}  // namespace sluice::shm
