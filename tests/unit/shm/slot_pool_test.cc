#include "common/shm/slot_pool.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace sluice::shm {
namespace {

constexpr uint32_t block = SlotPool::block_slots;

SlotPool full(uint32_t slots, uint32_t workers) {
  SlotPool pool(slots, workers);
  for (uint32_t i = slots; i-- > 0;) pool.put(i);
  return pool;
}

TEST(SlotPool, gives_the_lowest_slots_first) {
  SlotPool pool = full(3 * block, 1);
  for (uint32_t i = 0; i < 3 * block; ++i) EXPECT_EQ(pool.take(0), i);
  EXPECT_EQ(pool.take(0), std::nullopt);
}

TEST(SlotPool, keeps_the_slots_of_a_worker_together) {
  SlotPool pool = full(8 * block, 2);
  std::set<uint32_t> blocks[2];
  for (uint32_t i = 0; i < 4 * block; ++i) {
    for (uint32_t w = 0; w < 2; ++w) blocks[w].insert(*pool.take(w) / block);
  }
  EXPECT_EQ(blocks[0].size(), 4u);
  EXPECT_EQ(blocks[1].size(), 4u);
  for (const uint32_t b : blocks[0]) EXPECT_FALSE(blocks[1].contains(b));
}

TEST(SlotPool, gives_every_slot_to_whoever_asks) {
  constexpr uint32_t slots = 2 * block + 5;
  SlotPool pool = full(slots, 3);
  std::set<uint32_t> seen;
  for (uint32_t i = 0; i < slots; ++i) seen.insert(*pool.take(2));
  EXPECT_EQ(seen.size(), slots);
  EXPECT_EQ(pool.take(2), std::nullopt);
  EXPECT_EQ(pool.count(), 0u);
}

TEST(SlotPool, loses_and_doubles_nothing) {
  constexpr uint32_t slots = 3 * block;
  SlotPool pool = full(slots, 4);
  std::set<uint32_t> held;
  std::mt19937 random(3);
  for (int step = 0; step < 100'000; ++step) {
    if (random() % 2 == 0) {
      const auto slot = pool.take(static_cast<uint32_t>(random() % 4));
      ASSERT_EQ(slot.has_value(), held.size() < slots);
      if (slot) {
        ASSERT_TRUE(held.insert(*slot).second);
      }
    } else if (!held.empty()) {
      const auto at = held.lower_bound(static_cast<uint32_t>(random() % slots));
      const uint32_t slot = at == held.end() ? *held.begin() : *at;
      held.erase(slot);
      pool.put(slot);
    }
    ASSERT_EQ(pool.count(), slots - held.size());
  }
}

}  // namespace
}  // namespace sluice::shm
