// A decoder of the class must see neither a hole where pictures were left out, nor none where one
// was lost.
#include "dataplane/picture_ids.h"

#include <gtest/gtest.h>

namespace sluice::dataplane {
namespace {

wire::Vp8View picture(uint16_t id, uint8_t tl0 = 0) {
  wire::Vp8View v;
  v.picture_id = id;
  v.picture_id_offset = 2;
  v.picture_id_length = 2;
  v.tl0picidx = tl0;
  v.tl0picidx_offset = 4;
  return v;
}

TEST(PictureIds, are_the_sources_own_while_nothing_is_left_out) {
  PictureIds ids;
  ids.follow(picture(700, 9));
  EXPECT_EQ(ids.forward(picture(700, 9)), 700);
  EXPECT_EQ(ids.forward(picture(701, 10)), 701);
  EXPECT_EQ(ids.forward(picture(703, 12)), 703);
  EXPECT_TRUE(ids.unchanged());
}

TEST(PictureIds, close_what_was_left_out_and_keep_what_was_lost) {
  PictureIds ids;
  ids.follow(picture(32'766));
  EXPECT_EQ(ids.forward(picture(32'766)), 32'766);
  ids.leave_out(picture(32'767));
  ids.leave_out(picture(32'767));  // its second packet
  EXPECT_EQ(ids.forward(picture(0)), 32'767);
  // 1 is lost on the way in.
  EXPECT_EQ(ids.forward(picture(2)), 1);
  EXPECT_FALSE(ids.unchanged());
}

TEST(PictureIds, of_a_late_packet_leave_later_omissions_aside) {
  PictureIds ids;
  ids.follow(picture(10));
  ids.forward(picture(10));
  ids.leave_out(picture(11));
  EXPECT_EQ(ids.forward(picture(12)), 11);
  ids.leave_out(picture(13));
  EXPECT_EQ(ids.forward(picture(14)), 12);
  EXPECT_EQ(ids.forward(picture(12)), 11) << "its second packet, late";
  ids.leave_out(picture(9));  // later pictures have their numbers
  EXPECT_EQ(ids.forward(picture(15)), 13);
}

TEST(PictureIds, do_not_go_back_when_what_was_left_out_is_half_a_cycle_ago) {
  PictureIds ids;
  ids.follow(picture(0));
  ids.forward(picture(0));
  ids.leave_out(picture(1));
  for (uint32_t i = 2; i < 100'000; ++i) {
    const auto id = static_cast<uint16_t>(i & 0x7fff);
    ASSERT_EQ(ids.forward(picture(id)), (i - 1) & 0x7fff);
  }
}

TEST(PictureIds, of_another_source_are_its_own) {
  PictureIds ids;
  ids.follow(picture(100));
  ids.forward(picture(100));
  ids.leave_out(picture(101));
  EXPECT_EQ(ids.forward(picture(102)), 101);
  ids.follow(picture(5'000));
  EXPECT_TRUE(ids.unchanged());
  EXPECT_EQ(ids.forward(picture(5'000)), 5'000);
  EXPECT_EQ(ids.forward(picture(5'001)), 5'001);
}

TEST(PictureIds, of_seven_bits_wrap_at_128) {
  PictureIds ids;
  wire::Vp8View v = picture(127);
  v.picture_id_length = 1;
  ids.follow(v);
  ids.forward(v);
  v.picture_id = 0;
  ids.leave_out(v);
  v.picture_id = 1;
  EXPECT_EQ(ids.forward(v), 0);
}

}  // namespace
}  // namespace sluice::dataplane
