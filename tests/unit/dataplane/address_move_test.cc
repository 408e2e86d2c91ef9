// An endpoint's address changes in mid-call.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/picture_fixture.h"

namespace sluice {
namespace {

class AddressMoveTest : public PictureTest {
 protected:
  AddressMoveTest() {
    subscribe(track(from_, MediaKind::video, "1"), stream(to_, MediaKind::video, 0x5000, 10));
    settle();
    connect(from_);
    connect(to_);
    send_picture(from_, true);
    settle();
    // Nobody waits for a key frame any more, and the limiter would let one pass.
    rig_.advance(2 * ns_per_s);
    take(from_, wire::Protocol::srtcp);
    EXPECT_EQ(take(to_, wire::Protocol::srtp).size(), 1u);
  }
};

TEST_F(AddressMoveTest, AReceiversMoveAsksForAKeyFrame) {
  Client moved = to_;
  moved.address.port = 6'001;
  rig_.check(moved);
  settle();
  EXPECT_EQ(rig_.counters()[Counter::address_moves], 1u);
  EXPECT_EQ(requests(from_), 1u);
  send_picture(from_, true);
  settle();
  EXPECT_EQ(take(moved, wire::Protocol::srtp).size(), 1u);
  expect_identities();
}

TEST_F(AddressMoveTest, APublishersMoveAsksItForAKeyFrame) {
  Client moved = from_;
  moved.address.port = 5'001;
  rig_.check(moved);
  settle();
  EXPECT_EQ(rig_.counters()[Counter::address_moves], 1u);
  EXPECT_EQ(requests(moved), 1u);
  send_picture(moved, true);
  settle();
  EXPECT_EQ(take(to_, wire::Protocol::srtp).size(), 1u);
  expect_identities();
}

TEST_F(AddressMoveTest, ACheckFromWhereItIsAsksForNothing) {
  rig_.check(to_);
  rig_.check(from_);
  settle();
  EXPECT_EQ(rig_.counters()[Counter::address_moves], 0u);
  EXPECT_EQ(requests(from_), 0u);
}

}  // namespace
}  // namespace sluice
