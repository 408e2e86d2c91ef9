// Fan-out's circle while receivers come and go: nobody who stays is passed over or waits for it.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/dataplane/crowd.h"

namespace sluice {
namespace {

constexpr uint32_t receivers = 300;  // ten chunks

TEST(FanOutCircleTest, ComesToTheLastReceiverWhileOneLeavesInEachLoop) {
  Crowd crowd(receivers);
  // More than a slice in each loop: who is always at the end of the circle gets nothing.
  for (uint32_t loop = 0; loop < receivers / 2; ++loop) {
    crowd.feed(2, false);
    crowd.unsubscribe(receivers - 1 - loop);
    crowd.step();
    for (uint32_t i = 0; i < receivers / 2; ++i)
      ASSERT_LE(crowd.fed() - crowd.sent(i), 16u) << "receiver " << i << " after loop " << loop;
  }
  while (crowd.step()) {
  }
  for (uint32_t i = 0; i < receivers / 2; ++i)
    EXPECT_EQ(crowd.sent(i), crowd.fed()) << "receiver " << i;
  EXPECT_EQ(shm::visited_imbalance(crowd.rig().counters()), 0);
}

TEST(FanOutCircleTest, GivesEveryoneEverythingWhileOthersComeAndGoAnywhere) {
  constexpr int loops_enough = 20;  // for eight packets each
  Crowd crowd(receivers);
  std::mt19937 random(11);
  for (int round = 1; round <= 60; ++round) {
    crowd.feed(8, round % 7 == 0);
    int loops = 0;
    do {
      for (auto n = random() % 4; n != 0; --n) {
        const auto i = static_cast<uint32_t>(random() % receivers);
        if (i % 3 == 0) continue;  // these stay
        crowd.is_subscribed(i) ? crowd.unsubscribe(i) : crowd.subscribe(i);
      }
      ASSERT_LE(++loops, loops_enough) << "round " << round;
    } while (crowd.step());
    for (uint32_t i = 0; i < receivers; i += 3)
      ASSERT_EQ(crowd.sent(i), crowd.fed()) << "receiver " << i << " in round " << round;
  }
  EXPECT_EQ(shm::visited_imbalance(crowd.rig().counters()), 0);
}

}  // namespace
}  // namespace sluice
