// An endpoint's address changes in mid-call.
#include <gtest/gtest.h>

#include "common/wire/rtcp.h"
#include "common/wire/rtcp_pli.h"
#include "tests/unit/dataplane/worker_fixture.h"

namespace sluice {
namespace {

class AddressMoveTest : public WorkerTest {
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

  void send_picture(const Client& client, bool key) {
    ++index_;
    rig_.send(client,
              rig::make_protected(
                  sender_, {.ssrc = 0xaa,
                            .index = index_,
                            .timestamp = static_cast<uint32_t>(index_) * 3'000,
                            .marker = true,
                            .mid_id = mid_id,
                            .mid = "1",
                            .payload = rig::vp8_payload(key, static_cast<uint16_t>(index_), 600)}));
  }
  uint32_t requests(const Client& publisher) {
    uint32_t count = 0;
    for (const auto& d : take(publisher, wire::Protocol::srtcp)) {
      const auto plain = listener_.unprotect_rtcp(d.bytes);
      EXPECT_TRUE(plain);
      auto compound = wire::parse_rtcp(*plain);
      wire::RtcpView v;
      while (compound && compound->next(v)) {
        if (const auto pli = wire::parse_pli(v)) count += pli->media == Ssrc(0xaa);
      }
    }
    return count;
  }

  const Client from_ = publisher(), to_ = receiver();
  rig::SrtpPeer sender_{from_.profile, from_.to_node}, listener_{from_.profile, from_.from_node};
  uint64_t index_ = 700;
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
