#include "common/srtp/rollover.h"

#include <gtest/gtest.h>

#include <random>

namespace sluice::srtp {
namespace {

struct Case {
  uint64_t highest;
  uint16_t seq;
  uint64_t index;
};

TEST(Rollover, EstimatesTheIndexAroundEveryEdge) {
  constexpr uint64_t roc1 = 1ULL << 16;
  constexpr uint64_t roc2 = 2ULL << 16;
  constexpr uint64_t roc3 = 3ULL << 16;
  constexpr uint64_t last = 0xffff'ffffULL << 16;
  const Case cases[] = {
      // Before the first wrap nothing is older than ROC 0.
      {0, 0, 0},
      {0, 1, 1},
      {0, 32'768, 32'768},
      {0, 32'769, 32'769},
      {0, 65'535, 65'535},
      {100, 65'535, 65'535},
      // The first wrap: half the number space ahead of the highest is the future.
      {65'535, 65'535, 65'535},
      {65'535, 0, roc1},
      {65'535, 32'766, roc1 + 32'766},
      {65'535, 32'767, 32'767},
      {32'768, 0, 0},
      {32'769, 0, roc1},
      {40'000, 7'231, roc1 + 7'231},
      {40'000, 7'232, 7'232},
      // After it, half of the number space behind is the past.
      {roc1, 65'535, 65'535},
      {roc1, 32'769, 32'769},
      {roc1, 32'768, roc1 + 32'768},
      {roc1 + 32'767, 65'535, roc1 + 65'535},
      {roc1 + 32'766, 65'535, 65'535},
      {roc1 + 32'768, 0, roc1},
      {roc1 + 65'535, 0, roc2},
      {roc2 + 10, 65'530, roc1 + 65'530},
      {roc3 + 10, 11, roc3 + 11},
      {roc3 + 10, 9, roc3 + 9},
      // RFC 3711 s3.3.1: modulo 2^32.
      {last + 65'535, 0, 0},
      {last + 65'535, 65'534, last + 65'534},
  };
  for (const Case& c : cases)
    EXPECT_EQ(estimate_index(SrtpIndex(c.highest), Seq16(c.seq)).value(), c.index)
        << "highest " << c.highest << " seq " << c.seq;
}

TEST(Rollover, FollowsEveryJumpOfLessThanHalfTheNumberSpace) {
  constexpr uint64_t seed = 20'250'101;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 1'000'000; ++i) {
    const uint64_t highest = random() & 0xffff'ffff'ffff;
    const auto jump = static_cast<int64_t>(random() % 65'535) - 32'767;
    const int64_t index = static_cast<int64_t>(highest) + jump;
    if (index < 0 || index >> 48 != 0) continue;
    ASSERT_EQ(estimate_index(SrtpIndex(highest), Seq16(static_cast<uint16_t>(index))).value(),
              static_cast<uint64_t>(index))
        << "highest " << highest << " jump " << jump;
  }
}

}  // namespace
}  // namespace sluice::srtp
