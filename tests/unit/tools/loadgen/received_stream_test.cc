#include "tools/loadgen/received_stream.h"

#include <gtest/gtest.h>

#include <array>

namespace sluice::loadgen {
namespace {

class ReceivedStreamTest : public testing::Test {
 protected:
  bool take(uint16_t seq) {
    return stream_.take(stream_.index_of(Seq16(seq)), seq * 3'000U, 100, 0);
  }
  ReceivedStream stream_{Ssrc(1), MediaKind::video};
};

TEST_F(ReceivedStreamTest, a_gap_is_lost_until_it_is_filled) {
  for (const uint16_t seq : std::to_array<uint16_t>({10, 11, 14})) EXPECT_TRUE(take(seq));
  EXPECT_EQ(stream_.lost(), 2u);
  EXPECT_EQ(stream_.gaps(), 1u);
  EXPECT_TRUE(take(12));
  EXPECT_EQ(stream_.lost(), 1u);
  EXPECT_EQ(stream_.gaps(), 1u);
}

TEST_F(ReceivedStreamTest, a_repetition_counts_once) {
  EXPECT_TRUE(take(10));
  EXPECT_FALSE(take(10));
  EXPECT_EQ(stream_.received(), 1u);
  EXPECT_EQ(stream_.repeated(), 1u);
  EXPECT_EQ(stream_.lost(), 0u);
}

TEST_F(ReceivedStreamTest, numbers_go_on_across_the_roll_over) {
  take(32'000);
  take(64'000);
  take(65'535);
  take(1);
  EXPECT_EQ(stream_.index_of(Seq16(2)).value(), 0x1'0002u);
  EXPECT_EQ(stream_.expected(), 0x1'0001u - 32'000 + 1);
}

TEST_F(ReceivedStreamTest, a_beginning_that_was_reordered_is_no_loss) {
  take(11);
  take(10);
  EXPECT_EQ(stream_.expected(), 2u);
  EXPECT_EQ(stream_.lost(), 0u);
}

TEST_F(ReceivedStreamTest, reports_what_was_lost_since_the_last_one) {
  take(10);
  take(13);
  wire::ReportBlock b = stream_.report(0);
  EXPECT_EQ(b.cumulative_lost, 2);
  EXPECT_EQ(b.fraction_lost, 2 * 255 / 4);
  EXPECT_EQ(b.highest_seq, 13u);
  take(14);
  b = stream_.report(0);
  EXPECT_EQ(b.cumulative_lost, 2);
  EXPECT_EQ(b.fraction_lost, 0);
}

}  // namespace
}  // namespace sluice::loadgen
