#include "common/srtp/replay.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace sluice::srtp {
namespace {

// The same window, remembering every index.
class NaiveWindow {
 public:
  void restart_at(uint64_t highest) { floor_ = highest_ = static_cast<int64_t>(highest); }
  bool check(uint64_t index) const {
    const auto i = static_cast<int64_t>(index);
    if (i <= floor_) return false;
    if (i > highest_) return true;
    return highest_ - i < static_cast<int64_t>(ReplayWindow::width) && !seen_.contains(i);
  }
  void commit(uint64_t index) {
    const auto i = static_cast<int64_t>(index);
    seen_.insert(i);
    highest_ = std::max(highest_, i);
  }

 private:
  int64_t floor_ = -1;
  int64_t highest_ = -1;
  std::set<int64_t> seen_;
};

TEST(Replay, AcceptsEachIndexOnce) {
  ReplayWindow window;
  EXPECT_FALSE(window.started());
  EXPECT_TRUE(window.check(0));
  window.commit(0);
  EXPECT_TRUE(window.started());
  EXPECT_FALSE(window.check(0));
  EXPECT_TRUE(window.check(1));
}

TEST(Replay, ForgetsWhatIsOlderThanTheWindow) {
  ReplayWindow window;
  window.commit(1'000);
  EXPECT_TRUE(window.check(1'000 - ReplayWindow::width + 1));
  EXPECT_FALSE(window.check(1'000 - ReplayWindow::width));
  EXPECT_FALSE(window.check(0));
}

TEST(Replay, AcceptsOnlyNewerAfterARestart) {
  ReplayWindow window;
  window.restart_at(1'000);
  for (uint64_t i = 700; i <= 1'000; ++i) EXPECT_FALSE(window.check(i)) << i;
  EXPECT_TRUE(window.check(1'001));
  window.commit(1'010);
  for (uint64_t i = 1'001; i < 1'010; ++i) EXPECT_TRUE(window.check(i)) << i;
  EXPECT_FALSE(window.check(1'000));
}

TEST(Replay, MatchesAWindowThatRemembersEverything) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    ReplayWindow window;
    NaiveWindow naive;
    uint64_t near = random() % 100'000;
    if (seed % 3 == 0) {
      window.restart_at(near);
      naive.restart_at(near);
    }
    for (int i = 0; i < 5'000; ++i) {
      // Mostly small steps around the front, now and then a jump of up to two widths, rarely far
      // ahead.
      const uint64_t kind = random() % 100;
      if (kind < 60)
        near += random() % 3;
      else if (kind < 64)
        near += random() % (2 * ReplayWindow::width);
      else if (kind == 64)
        near += random() % 100'000;
      const uint64_t back = random() % (ReplayWindow::width + 40);
      const uint64_t index = kind % 2 == 0 || near < back ? near : near - back;
      ASSERT_EQ(window.check(index), naive.check(index)) << "step " << i << " index " << index;
      if (!window.check(index)) continue;
      window.commit(index);
      naive.commit(index);
    }
  }
}

}  // namespace
}  // namespace sluice::srtp
