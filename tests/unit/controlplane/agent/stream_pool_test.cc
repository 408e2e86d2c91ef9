// Which stream a subscription gets.
#include "controlplane/agent/stream_pool.h"

#include <gtest/gtest.h>

namespace sluice::agent {
namespace {

TEST(StreamPool, growsInStepsToItsLimit) {
  std::size_t pairs = 0;
  std::vector<std::size_t> sizes;
  while (const std::size_t more = StreamPool::next_growth(pairs)) sizes.push_back(pairs += more);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 16, 64, 128, 256}));
}

TEST(StreamPool, linesAlternateAudioAndVideo) {
  StreamPool pool;
  pool.add();
  pool.add();
  EXPECT_EQ(pool.pairs()[1].audio.mid, "2");
  EXPECT_EQ(pool.pairs()[1].video.mid, "3");
}

TEST(StreamPool, onePersonsAudioAndVideoMeetInOnePair) {
  StreamPool pool;
  for (int i = 0; i < 3; ++i) pool.add();
  const auto ada = pool.find(MediaKind::audio, "ada");
  ASSERT_TRUE(ada);
  pool.take(*ada, "s1", "ada");
  const auto bob = pool.find(MediaKind::video, "bob");
  ASSERT_TRUE(bob);
  EXPECT_NE(bob->pair, ada->pair);
  pool.take(*bob, "s2", "bob");
  const auto ada_video = pool.find(MediaKind::video, "ada");
  ASSERT_TRUE(ada_video);
  EXPECT_EQ(ada_video->pair, ada->pair);
}

TEST(StreamPool, aPairThatNobodyUsesForgetsWhoseItWas) {
  StreamPool pool;
  pool.add();
  const StreamKey key{0, MediaKind::audio};
  pool.take(key, "s1", "ada");
  EXPECT_FALSE(pool.find(MediaKind::video, "bob"));
  EXPECT_TRUE(pool.find_any(MediaKind::video));
  pool.release(key);
  EXPECT_TRUE(pool.find(MediaKind::video, "bob"));
}

TEST(StreamPool, aRejectedLineIsNotUsed) {
  StreamPool pool;
  pool.add().video.refused = true;
  EXPECT_FALSE(pool.find(MediaKind::video, "ada"));
  EXPECT_FALSE(pool.find_any(MediaKind::video));
}

}  // namespace
}  // namespace sluice::agent
