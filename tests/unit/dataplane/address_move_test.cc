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

// RFC 8445 s12.1: it sends over the pair that it has selected; its next check says so later.
TEST_F(AddressMoveTest, FeedbackOverAnotherValidPairMovesOnceThatOfTheOldOneCeased) {
  rig::SrtpPeer viewer(to_.profile, to_.to_node);
  const auto report = [&](const Client& at) {
    rig_.send(at, viewer.protect_rtcp(std::vector<uint8_t>{0x80, 201, 0, 1, 0, 0, 0xbb, 0xbb}));
    settle();
  };
  const auto moves = [&] { return rig_.counters()[Counter::address_moves]; };
  Client other = to_;
  other.address.port = 6'001;
  report(to_);
  report(other);
  EXPECT_EQ(moves(), 0u) << "nobody has checked that way";
  rig_.check(other, /*nominating=*/false);
  settle();
  EXPECT_EQ(moves(), 0u);
  report(other);
  EXPECT_EQ(moves(), 0u) << "it may have overtaken what was sent before";
  rig_.advance(400 * ns_per_ms);
  report(to_);
  rig_.advance(400 * ns_per_ms);
  report(other);
  EXPECT_EQ(moves(), 0u);
  rig_.advance(600 * ns_per_ms);
  report(other);
  EXPECT_EQ(moves(), 1u);
  EXPECT_EQ(requests(from_), 1u) << "what was lost on the way is made up for";
  send_picture(from_, true);
  settle();
  EXPECT_EQ(take(other, wire::Protocol::srtp).size(), 1u);
  EXPECT_TRUE(take(to_, wire::Protocol::srtp).empty());
  rig_.check(other);
  settle();
  EXPECT_EQ(moves(), 1u) << "the check tells nothing new";

  rig_.advance(600 * ns_per_ms);
  rig_.check(to_);
  settle();
  EXPECT_EQ(moves(), 2u);
  report(other);
  EXPECT_EQ(moves(), 2u) << "that was under way when the other pair was nominated";
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
