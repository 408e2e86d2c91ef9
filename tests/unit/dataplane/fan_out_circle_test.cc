// Fan-out's circle while receivers come and go: nobody who stays is passed over or waits for it.
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "tests/rig/media.h"
#include "tests/rig/node_rig.h"

namespace sluice {
namespace {

using rig::Client;

constexpr uint32_t receivers = 300;  // ten chunks
constexpr uint32_t key_packets = 1;  // with which everybody opens
constexpr int loops_enough = 20;     // for eight packets each

class FanOutCircleTest : public testing::Test {
 protected:
  static rig::RigSetup setup() {
    rig::RigSetup s;
    s.capacities.endpoints = receivers + 8;
    s.capacities.streams = receivers + 8;
    s.capacities.subscriptions = 4 * receivers;
    s.capacities.tracks = 4;
    s.logs = {256, 512U << 10, 64, 16U << 10};
    return s;
  }
  FanOutCircleTest() : rig_(setup()) {
    shm::EndpointRecord p;
    p.sends = 1;
    p.recv_payloads[0] = {96, Codec::vp8, 0, 0};
    publisher_ = rig_.add_client(p, address(0), srtp::Profile::aead_aes_128_gcm);
    sender_ = std::make_unique<rig::SrtpPeer>(publisher_.profile, publisher_.to_node);
    shm::TrackRecord t;
    t.id = 1;
    t.endpoint = publisher_.endpoint;
    t.kind = MediaKind::video;
    t.source = shm::TrackSource::camera;
    t.encoding_count = 1;
    t.encodings[0].ssrc = 0xaaaa;
    track_ = published(rig_.publisher().publish(t));
    settle(4);
    rig_.check(publisher_);
    settle(4);
    for (uint32_t i = 0; i < receivers; ++i) join(i);
    settle(32);
    feed(key_packets, true);
    settle(32);
  }

  static SocketAddress address(uint32_t i) {
    SocketAddress a;
    a.ip = *parse_ip("192.168.0.1");
    a.port = static_cast<uint16_t>(5'000 + i);
    return a;
  }
  shm::SlotRef published(const Result<shm::SlotRef>& r) {
    EXPECT_TRUE(r.ok()) << r.error().message;
    return r.ok() ? *r : shm::SlotRef{};
  }
  void join(uint32_t i) {
    shm::EndpointRecord r;
    r.receives = 1;
    r.send_payloads[static_cast<std::size_t>(Codec::vp8)] = {100, 0};
    const Client c = rig_.add_client(r, address(i + 1), srtp::Profile::aead_aes_128_gcm);
    shm::StreamRecord s;
    s.id = s.ssrc = 0x1000 + i;
    s.cname = shm::Text<24>("circle");
    s.endpoint = c.endpoint;
    s.kind = MediaKind::video;
    streams_.push_back(published(rig_.publisher().publish(s)));
    subscriptions_.push_back({});
    subscribe(i);
    settle(2);
    rig_.check(c);
    settle(1);
  }
  void subscribe(uint32_t i) {
    shm::SubscriptionRecord r;
    r.id = ++ids_;
    r.track = track_;
    r.stream = streams_[i];
    subscriptions_[i] = published(rig_.publisher().publish(r));
  }
  void unsubscribe(uint32_t i) {
    rig_.publisher().retire(shm::TableId::subscription, subscriptions_[i]);
    subscriptions_[i] = {};
  }
  void feed(uint32_t packets, bool key) {
    for (uint32_t i = 0; i < packets; ++i, ++index_) {
      rig_.send(
          publisher_,
          rig::make_protected(*sender_, {.ssrc = 0xaaaa,
                                         .index = index_,
                                         .timestamp = static_cast<uint32_t>(index_ * 3'000),
                                         .marker = true,
                                         .payload = rig::vp8_payload(
                                             key && i == 0, static_cast<uint16_t>(index_), 100)}));
    }
  }
  bool step() {
    rig_.advance(100 * ns_per_us);
    rig_.step();
    rig_.drain();
    rig_.publisher().reclaim(true);
    return !rig_.core().fan_out.idle();
  }
  void settle(int loops) {
    for (int i = 0; i < loops; ++i) step();
  }
  uint64_t sent(uint32_t i) { return rig_.region().stream(streams_[i].slot).state.packets.load(); }

  rig::NodeRig rig_;
  Client publisher_;
  std::unique_ptr<rig::SrtpPeer> sender_;
  shm::SlotRef track_;
  std::vector<shm::SlotRef> streams_, subscriptions_;
  uint64_t index_ = 1;
  uint64_t ids_ = 0;
};

TEST_F(FanOutCircleTest, ComesToTheLastReceiverWhileOneLeavesInEachLoop) {
  // More than a slice in each loop: who is always at the end of the circle gets nothing.
  uint64_t fed = key_packets;
  for (uint32_t loop = 0; loop < receivers / 2; ++loop) {
    feed(2, false);
    fed += 2;
    unsubscribe(receivers - 1 - loop);
    step();
    for (uint32_t i = 0; i < receivers / 2; ++i)
      ASSERT_LE(fed - sent(i), 16u) << "receiver " << i << " after " << loop << " loops";
  }
  while (step()) {
  }
  for (uint32_t i = 0; i < receivers / 2; ++i) EXPECT_EQ(sent(i), fed) << "receiver " << i;
  EXPECT_EQ(shm::visited_imbalance(rig_.counters()), 0);
}

TEST_F(FanOutCircleTest, GivesEveryoneEverythingWhileOthersComeAndGoAnywhere) {
  std::mt19937 random(11);
  uint64_t fed = key_packets;
  for (int round = 1; round <= 60; ++round) {
    feed(8, round % 7 == 0);
    fed += 8;
    int loops = 0;
    do {
      for (auto n = random() % 4; n != 0; --n) {
        const auto i = static_cast<uint32_t>(random() % receivers);
        if (i % 3 == 0) continue;  // these stay
        subscriptions_[i].generation != 0 ? unsubscribe(i) : subscribe(i);
      }
      ASSERT_LE(++loops, loops_enough) << "round " << round;
    } while (step());
    for (uint32_t i = 0; i < receivers; i += 3) ASSERT_EQ(sent(i), fed) << "receiver " << i;
  }
  EXPECT_EQ(shm::visited_imbalance(rig_.counters()), 0);
}

}  // namespace
}  // namespace sluice
