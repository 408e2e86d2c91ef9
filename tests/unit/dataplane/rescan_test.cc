// A worker that missed news looks at every slot, a few in each loop.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/crowd.h"

namespace sluice {
namespace {

using shm::Counter;

constexpr uint32_t receivers = 300;
constexpr uint32_t news_capacity = 16;
constexpr int loops_enough = 40;  // for 900 slots in use

TEST(RescanTest, TakesSeveralLoopsAndFindsWhatWasMissed) {
  Crowd crowd(receivers, news_capacity);
  const uint64_t rescans = crowd.rig().counters()[Counter::rescans];
  // More changes than the ring holds, in slots that are looked at last.
  for (uint32_t i = 100; i < 200; ++i) crowd.unsubscribe(i);
  int loops = 0;
  do {
    crowd.step();
    ASSERT_LE(++loops, loops_enough);
  } while (crowd.rig().publisher().retired_count() != 0);
  EXPECT_GT(loops, 5);
  EXPECT_EQ(crowd.rig().counters()[Counter::rescans], rescans + 1);
  EXPECT_EQ(crowd.rig().core().fan_out.track(0).receivers, receivers - 100);
}

TEST(RescanTest, KeepsMediaGoing) {
  Crowd crowd(receivers, news_capacity);
  for (uint32_t i = 100; i < 200; ++i) crowd.unsubscribe(i);
  for (int loop = 0; loop < loops_enough; ++loop) {
    crowd.feed(1, false);
    crowd.step();
    for (uint32_t i = 0; i < 100; ++i) ASSERT_EQ(crowd.sent(i), crowd.fed()) << "receiver " << i;
  }
  EXPECT_EQ(crowd.rig().publisher().retired_count(), 0u);
  EXPECT_EQ(shm::visited_imbalance(crowd.rig().counters()), 0);
}

// Nothing that was missed may be used anew before the worker has looked at all.
TEST(RescanTest, BeginsAnewWhenMoreIsMissedMeanwhile) {
  Crowd crowd(receivers, news_capacity);
  const uint64_t rescans = crowd.rig().counters()[Counter::rescans];
  for (uint32_t i = 0; i < 100; ++i) crowd.unsubscribe(i);
  crowd.step();
  crowd.step();
  for (uint32_t i = 100; i < 200; ++i) crowd.unsubscribe(i);
  EXPECT_EQ(crowd.rig().publisher().retired_count(), 200u);
  int loops = 0;
  do {
    crowd.step();
    ASSERT_LE(++loops, 2 * loops_enough);
  } while (crowd.rig().publisher().retired_count() != 0);
  EXPECT_EQ(crowd.rig().counters()[Counter::rescans], rescans + 2);
  EXPECT_EQ(crowd.rig().core().fan_out.track(0).receivers, receivers - 200);
}

}  // namespace
}  // namespace sluice
