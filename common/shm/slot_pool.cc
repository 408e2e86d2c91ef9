#include "common/shm/slot_pool.h"

namespace sluice::shm {

SlotPool::SlotPool(uint32_t slots, uint32_t workers)
    : blocks_((slots + block_slots - 1) / block_slots), open_(workers) {
  for (std::size_t b = blocks_.size(); b-- > 0;) unowned_.push_back(static_cast<uint32_t>(b));
}

void SlotPool::put(uint32_t slot) {
  const uint32_t at = slot / block_slots;
  Block& block = blocks_[at];
  block.free.push_back(slot);
  ++count_;
  if (block.owner == nobody || block.listed) return;
  block.listed = true;
  open_[block.owner].push_back(at);
}

SlotPool::Block* SlotPool::open_block(uint32_t worker) {
  std::vector<uint32_t>& open = open_[worker];
  while (!open.empty()) {
    Block& block = blocks_[open.back()];
    if (!block.free.empty()) return &block;
    block.listed = false;
    open.pop_back();
  }
  return nullptr;
}

std::optional<uint32_t> SlotPool::take(uint32_t worker) {
  Block* block = open_block(worker);
  while (block == nullptr && !unowned_.empty()) {
    Block& next = blocks_[unowned_.back()];
    next.owner = worker;
    next.listed = true;
    open_[worker].push_back(unowned_.back());
    unowned_.pop_back();
    block = open_block(worker);
  }
  for (uint32_t other = 0; block == nullptr && other < open_.size(); ++other)
    block = open_block(other);
  if (block == nullptr) return std::nullopt;
  const uint32_t slot = block->free.back();
  block->free.pop_back();
  --count_;
  return slot;
}

}  // namespace sluice::shm
