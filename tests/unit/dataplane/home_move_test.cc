// An endpoint moves to another worker in mid-call.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/picture_fixture.h"

namespace sluice {
namespace {

// Two workers; frames arrive at either, whatever their UDP port.
class HomeMoveTest : public PictureTest {
 protected:
  HomeMoveTest() : PictureTest(2) {
    settle();
    connect(from_);
    connect(to_);
    send_picture(from_, true);
    settle();
    take(from_, wire::Protocol::srtcp);
    EXPECT_EQ(received(), 1u);
  }

  // Pictures that came to the receiver since the last call; each has the next index.
  uint32_t received() {
    uint32_t count = 0;
    for (const auto& d : take(to_, wire::Protocol::srtp)) {
      EXPECT_TRUE(receiver_.unprotect(d.bytes, SrtpIndex(next_out_))) << "index " << next_out_;
      ++next_out_;
      ++count;
    }
    return count;
  }
  void move_publisher(uint8_t worker) {
    ASSERT_TRUE(rig_.publisher().move(from_.endpoint, worker, {{track_}, {}, {}}).ok());
  }
  void move_receiver(uint8_t worker) {
    ASSERT_TRUE(rig_.publisher().move(to_.endpoint, worker, {{}, {stream_}, {subscription_}}).ok());
  }
  // New credentials beside the old ones, as an ICE restart offers them.
  void offer_credentials(const Client& c, const std::string& ufrag, const std::string& pwd) {
    shm::EndpointRecord r;
    ASSERT_TRUE(rig_.region().endpoint(c.endpoint.slot).record.read(r));
    shm::EndpointKeys keys;
    ASSERT_TRUE(rig_.publisher().read_keys(c.endpoint, keys));
    r.previous_ufrag = r.ufrag;
    keys.previous_ice_pwd = keys.ice_pwd;
    r.ufrag = shm::Text<16>(ufrag);
    keys.ice_pwd = shm::Text<40>(pwd);
    ASSERT_TRUE(rig_.publisher().update(c.endpoint, r, keys).ok());
  }
  // What they replaced has served its time.
  void drop_old_credentials(const Client& c) {
    shm::EndpointRecord r;
    ASSERT_TRUE(rig_.region().endpoint(c.endpoint.slot).record.read(r));
    r.previous_ufrag = {};
    ASSERT_TRUE(rig_.publisher().update(c.endpoint, r).ok());
  }
  bool has(uint32_t worker, const Client& c) { return rig_.core(worker).at_home(c.endpoint); }

  const shm::SlotRef track_ = track(from_, MediaKind::video, "1");
  const shm::SlotRef stream_ = stream(to_, MediaKind::video, 0x5000, 10);
  const shm::SlotRef subscription_ = subscribe(track_, stream_);
  rig::SrtpPeer receiver_{to_.profile, to_.from_node};
  uint64_t next_out_ = 10;
};

TEST_F(HomeMoveTest, APublishersPicturesGoOnWithoutAKeyFrame) {
  for (const uint8_t worker : std::initializer_list<uint8_t>{1, 0, 1}) {
    move_publisher(worker);
    for (int i = 0; i < 20; ++i) {
      send_picture(from_, false);
      settle(6);  // wrong queue, home by its port, home by its endpoint, the receiver's worker
      EXPECT_EQ(received(), 1u) << "picture " << i << " on worker " << int{worker};
    }
    EXPECT_TRUE(has(worker, from_));
    EXPECT_FALSE(has(1 - worker, from_));
    EXPECT_EQ(requests(from_), 0u);
  }
  expect_identities();
}

TEST_F(HomeMoveTest, AReceiverGoesOnWithItsNextIndexAtAKeyFrame) {
  rig_.advance(ns_per_s);
  move_receiver(1);
  settle();
  EXPECT_TRUE(has(1, to_));
  EXPECT_EQ(requests(from_), 1u) << "its numbers are fixed anew at a key frame";
  send_picture(from_, false);
  settle();
  EXPECT_EQ(received(), 0u);
  for (const bool key : {true, false}) {
    send_picture(from_, key);
    settle();
    EXPECT_EQ(received(), 1u);
  }
  expect_identities();
}

TEST_F(HomeMoveTest, KeyFramesAreAskedForAtTheNewHome) {
  move_publisher(1);
  settle();
  rig_.advance(ns_per_s);
  take(from_, wire::Protocol::srtcp);
  move_receiver(1);
  settle();
  EXPECT_EQ(requests(from_), 1u);
  rig_.advance(ns_per_s);
  move_receiver(0);
  settle();
  EXPECT_EQ(requests(from_), 1u);
}

TEST_F(HomeMoveTest, ChecksToTheOldPortAreAnsweredFromIt) {
  move_publisher(1);
  settle();
  take(from_, wire::Protocol::stun);
  rig_.check(from_);
  settle();
  EXPECT_EQ(take(from_, wire::Protocol::stun).size(), 1u);
  EXPECT_EQ(rig_.counters(1)[Counter::stun_answered], 1u);
  // From an address that nobody has seen, by its fragment alone.
  Client elsewhere = from_;
  elsewhere.address.port = 5'001;
  rig_.check(elsewhere);
  settle();
  EXPECT_EQ(take(elsewhere, wire::Protocol::stun).size(), 1u);
  EXPECT_EQ(rig_.counters(1)[Counter::address_moves], 1u);
  expect_identities();
}

// The old home learns where the new one has found a client that stays at its port: at once where
// the check came by it.
TEST_F(HomeMoveTest, MediaFromANewAddressComesByTheOldPort) {
  move_publisher(1);
  settle();
  from_.address.port = 5'001;
  rig_.check(from_);
  settle();
  EXPECT_EQ(rig_.counters(1)[Counter::address_moves], 1u);
  send_picture(from_, false);
  settle(6);
  EXPECT_EQ(received(), 1u);
  expect_identities();
}

// Who knows a fragment cannot have more passed on than its owner's home would look at.
TEST_F(HomeMoveTest, ChecksFromElsewhereAreOnlyPassedOnWithinABudget) {
  move_publisher(1);
  settle();
  Client stranger = from_;
  stranger.address.port = 7'000;
  stranger.pwd = "notThePasswordOfThisFragment1234";
  const uint64_t before = rig_.counters(0)[Counter::handover_out];
  constexpr uint32_t checks = 400;
  for (uint32_t i = 0; i < checks; ++i) {
    rig_.check(stranger);
    if (i % 32 == 31) rig_.step();
  }
  rig_.step();
  rig_.step();
  // Half of them arrived at the other worker's queue, and came by way of the first, too.
  EXPECT_EQ(rig_.counters(0)[Counter::drop_stun_budget],
            checks - dataplane::endpoint_unverified_max);
  EXPECT_EQ(rig_.counters(0)[Counter::handover_out] - before, dataplane::endpoint_unverified_max);
  expect_identities();
}

// Workers that were killed after a move: the client is still at the old home's port.
TEST_F(HomeMoveTest, WhoIsAwayComesByTheOldPortAfterARestartToo) {
  move_publisher(1);
  settle();
  rig_.restart_workers();
  settle();
  EXPECT_TRUE(has(1, from_));
  EXPECT_EQ(rig_.core(0).away, 1u);
  take(from_, wire::Protocol::stun);
  rig_.check(from_);
  settle();
  EXPECT_EQ(take(from_, wire::Protocol::stun).size(), 1u);
  send_picture(from_, true);
  settle(6);
  EXPECT_EQ(received(), 1u);
  expect_identities();
}

TEST_F(HomeMoveTest, AfterAnIceRestartTheOldHomeForgets) {
  move_publisher(1);
  settle();
  EXPECT_EQ(rig_.core(0).away, 1u);
  from_.ufrag = "next";
  from_.pwd = "anotherPasswordOf32Characters+/1";
  offer_credentials(from_, from_.ufrag, from_.pwd);
  from_.home = 1;
  rig_.check(from_);
  settle();
  EXPECT_FALSE(take(from_, wire::Protocol::stun).empty());
  EXPECT_EQ(rig_.core(0).away, 1u);
  drop_old_credentials(from_);
  settle();
  EXPECT_EQ(rig_.core(0).away, 0u);
  send_picture(from_, false);
  settle();
  EXPECT_EQ(received(), 1u);
}

TEST_F(HomeMoveTest, ARestartInFlightKeepsBothPorts) {
  move_publisher(1);
  settle();
  offer_credentials(from_, "offered", "thePasswordThatWasOffered1234567");
  settle();
  take(from_, wire::Protocol::stun);
  rig_.check(from_);
  send_picture(from_, false);
  settle();
  EXPECT_EQ(take(from_, wire::Protocol::stun).size(), 1u);
  EXPECT_EQ(received(), 1u);
}

// A pair serves until another is nominated (RFC 8445 s9), also when the client starts over before
// the first restart has led to one.
TEST_F(HomeMoveTest, TwoRestartsInARowKeepTheOldPort) {
  move_publisher(1);
  settle();
  offer_credentials(from_, "first", "thePasswordOfTheFirstOffer123456");
  settle();
  offer_credentials(from_, "second", "thePasswordOfTheSecondOffer12345");
  settle();
  send_picture(from_, false);
  settle();
  EXPECT_EQ(received(), 1u);

  from_.ufrag = "second";
  from_.pwd = "thePasswordOfTheSecondOffer12345";
  from_.home = 1;
  rig_.check(from_);
  for (int i = 0; i < 220; ++i) {
    rig_.advance(5 * ns_per_ms);
    settle(1);
  }
  EXPECT_EQ(rig_.core(0).away, 0u);
  send_picture(from_, false);
  settle(6);
  EXPECT_EQ(received(), 1u);
  expect_identities();
}

// What is retired while it is on its way comes to nobody.
TEST_F(HomeMoveTest, WhatIsRetiredAtOnceIsForgottenByBoth) {
  move_publisher(1);
  rig_.publisher().retire(shm::TableId::subscription, subscription_);
  rig_.publisher().retire(shm::TableId::track, track_);
  rig_.publisher().retire(shm::TableId::endpoint, from_.endpoint);
  settle();
  EXPECT_FALSE(has(0, from_));
  EXPECT_FALSE(has(1, from_));
  EXPECT_EQ(rig_.core(0).away, 0u);
  send_picture(from_, true);
  settle();
  EXPECT_EQ(received(), 0u);
  const Client next = publisher(srtp::Profile::aead_aes_128_gcm, 1);
  settle();
  EXPECT_TRUE(has(1, next));
}

TEST_F(HomeMoveTest, ANewHomeWaitsUntilTheOldOneHasLetGo) {
  move_publisher(1);
  // However long that takes.
  for (int i = 0; i < 5; ++i) {
    rig_.advance(ns_per_s);
    rig_.step(1, rig_.now());
    EXPECT_FALSE(has(1, from_));
  }
  EXPECT_TRUE(has(0, from_));
  rig_.step(0, rig_.now());
  EXPECT_FALSE(has(0, from_));
  rig_.step(1, rig_.now());
  EXPECT_TRUE(has(1, from_));
  // Its track came behind it.
  send_picture(from_, false);
  settle();
  EXPECT_EQ(received(), 1u);
}

// Who was heard speaking at the old home and is silent since.
TEST_F(HomeMoveTest, TheNewHomeSaysWhoSpeaks) {
  rig::ClientRecord r;
  r.sends = 1;
  r.recv_extensions.mid = mid_id;
  r.recv_extensions.audio_level = 5;
  r.recv_payloads[0] = {111, Codec::opus, 0, 0};
  const Client speaker = rig_.add_client(r, address(9, 5'000), srtp::Profile::aead_aes_128_gcm);
  const shm::SlotRef voice = track(speaker, MediaKind::audio, "0");
  settle();
  connect(speaker);
  rig::SrtpPeer sender(speaker.profile, speaker.to_node);
  uint64_t index = 900;
  // What was said of it last, by whichever worker.
  const auto said = [&](uint8_t level) {
    int speaking = -1;
    for (int i = 0; i < 80; ++i) {
      ++index;
      rig_.send(speaker,
                rig::make_protected(sender, {.ssrc = 0xbb,
                                             .index = index,
                                             .timestamp = static_cast<uint32_t>(index) * 960,
                                             .payload_type = 111,
                                             .mid_id = mid_id,
                                             .mid = "0",
                                             .extensions = {{5, {level}}},
                                             .payload = {1, 2, 3, 4}}));
      rig_.advance(20 * ns_per_ms);
      rig_.check(speaker);
      settle(6);
      for (uint32_t w = 0; w < 2; ++w) {
        auto events = rig_.region().rings(w).events;
        while (const shm::Event* e = events.front()) {
          if (e->kind == shm::EventKind::speaker_level && e->ref == voice) speaking = e->detail;
          events.pop();
        }
      }
    }
    return speaking;
  };
  EXPECT_EQ(said(10), 1);
  ASSERT_TRUE(rig_.publisher().move(speaker.endpoint, 1, {{voice}, {}, {}}).ok());
  settle();
  EXPECT_EQ(said(127), 0);
  expect_identities();
}

// Lost news is a rescan: whoever looks first.
TEST_F(HomeMoveTest, ARescanMovesToo) {
  for (uint32_t w = 0; w < 2; ++w) rig_.region().rings(w).news.count_loss();
  move_publisher(1);
  move_receiver(1);
  settle(8);
  EXPECT_TRUE(has(1, from_));
  EXPECT_TRUE(has(1, to_));
  send_picture(from_, true);
  settle();
  EXPECT_EQ(received(), 1u);
}

}  // namespace
}  // namespace sluice
