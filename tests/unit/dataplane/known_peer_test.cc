// What a worker remembers of a remote side: whose a 5-tuple is, and which RTCP it has had.
#include <gtest/gtest.h>

#include "common/wire/rtcp_rr.h"
#include "tests/rig/media.h"
#include "tests/rig/node_rig.h"

namespace sluice {
namespace {

using rig::Client;
using shm::Counter;

constexpr uint8_t dtls_alert[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 1, 0};

class KnownPeerTest : public testing::Test {
 protected:
  static rig::RigSetup setup() {
    rig::RigSetup s;
    s.capacities.endpoints = 8;
    s.capacities.tracks = 4;
    s.capacities.streams = 16;
    s.capacities.subscriptions = 16;
    return s;
  }
  Client receiver(uint8_t host) {
    rig::ClientRecord r;
    r.receives = 1;
    r.send_payloads[static_cast<std::size_t>(Codec::opus)] = {101, 0};
    SocketAddress at;
    at.ip = *parse_ip("192.168.0." + std::to_string(host));
    at.port = 6'000;
    return rig_.add_client(r, at, srtp::Profile::aead_aes_128_gcm);
  }
  void streams(const Client& c, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      shm::StreamRecord s;
      s.id = ++ids_;
      s.endpoint = c.endpoint;
      s.kind = MediaKind::audio;
      s.ssrc = 0x5000 + static_cast<uint32_t>(ids_);
      s.cname = shm::PaddedText<16>("pair");
      ASSERT_TRUE(rig_.publisher().publish(s).ok());
    }
  }
  void settle() {
    for (int i = 0; i < 4; ++i) {
      rig_.advance(ns_per_ms);
      rig_.step();
      rig_.drain();
    }
  }
  void check(const Client& c) {
    rig_.check(c);
    settle();
  }
  // Whose the DTLS of this client's address is.
  shm::SlotRef owner(const Client& c) {
    rig_.send(c, dtls_alert);
    settle();
    auto ring = rig_.region().rings(0).punt[static_cast<std::size_t>(shm::PuntClass::endpoint)];
    const shm::Punt* punt = ring.front();
    if (punt == nullptr) return {};
    const shm::SlotRef ref = punt->endpoint;
    ring.pop();
    return ref;
  }
  const shm::EndpointState& state(const Client& c) {
    return rig_.region().endpoint(c.endpoint.slot).state;
  }

  rig::NodeRig rig_{setup()};
  uint64_t ids_ = 0;
};

TEST_F(KnownPeerTest, a_5_tuple_is_whose_check_came_last) {
  const Client a = receiver(1);
  Client b = receiver(2);
  settle();
  check(a);
  check(b);
  EXPECT_EQ(owner(a), a.endpoint);
  EXPECT_EQ(owner(b), b.endpoint);
  // The NAT gives a's port to b. a is silent, and still at that address as far as it is known.
  b.address = a.address;
  rig_.advance(ns_per_s);
  check(b);
  EXPECT_EQ(owner(a), b.endpoint);
  EXPECT_EQ(state(b).address_moves.load(), 1u);
  EXPECT_EQ(state(a).flags.load(), shm::endpoint_flag_connected);
  // And back. For a it is no move: its consent goes on.
  const int64_t before = state(a).consent_ns.load();
  check(a);
  EXPECT_EQ(owner(a), a.endpoint);
  EXPECT_EQ(state(a).address_moves.load(), 0u);
  EXPECT_GT(state(a).consent_ns.load(), before);
}

TEST_F(KnownPeerTest, the_flow_least_used_makes_room_and_the_selected_one_stays) {
  Client c = receiver(1);
  settle();
  check(c);
  const SocketAddress first = c.address;
  for (uint16_t port = 7'000; port < 7'010; ++port) {
    c.address.port = port;
    rig_.advance(ns_per_s);
    check(c);
    EXPECT_EQ(owner(c), c.endpoint) << port;
  }
  EXPECT_EQ(state(c).address_moves.load(), 10u);
  c.address = first;
  EXPECT_EQ(owner(c), shm::SlotRef{}) << "ten flows later it is forgotten";
  c.address.port = 7'007;
  EXPECT_EQ(owner(c), c.endpoint);
}

// Some stacks send reports under an SSRC for each stream they receive.
TEST_F(KnownPeerTest, replayed_rtcp_is_refused_for_each_of_many_senders) {
  const Client c = receiver(1);
  streams(c, 6);
  settle();
  check(c);
  rig::SrtpPeer peer(c.profile, c.to_node);
  std::vector<std::vector<uint8_t>> sent;
  for (uint32_t round = 0; round < 3; ++round) {
    for (uint32_t ssrc = 1; ssrc <= 8; ++ssrc) {
      uint8_t report[64];
      const std::size_t n = wire::write_rr(report, Ssrc(ssrc), {});
      sent.push_back(peer.protect_rtcp({report, n}));
      rig_.send(c, sent.back());
    }
    settle();
  }
  EXPECT_EQ(rig_.counters()[Counter::rtcp_in], sent.size());
  for (const auto& packet : sent) rig_.send(c, packet);
  settle();
  EXPECT_EQ(rig_.counters()[Counter::drop_replayed], sent.size());
  // Another worker goes on from what the region says.
  rig_.restart_workers();
  settle();
  for (const auto& packet : sent) rig_.send(c, packet);
  settle();
  EXPECT_EQ(rig_.counters()[Counter::drop_replayed], sent.size());
  EXPECT_EQ(rig_.counters()[Counter::rtcp_in], 0u);
}

TEST_F(KnownPeerTest, both_fragments_serve_during_an_ice_restart) {
  const Client before = receiver(1);
  settle();
  check(before);
  shm::EndpointRecord r;
  shm::EndpointKeys k;
  ASSERT_TRUE(rig_.region().endpoint(before.endpoint.slot).record.read(r));
  ASSERT_TRUE(rig_.publisher().read_keys(before.endpoint, k));
  Client after = before;
  after.ufrag = "restarted";
  after.pwd = "another+password+of+its+own+for+it";
  r.previous_ufrag = r.ufrag;
  r.ufrag = shm::Text<16>(after.ufrag);
  k.previous_ice_pwd = k.ice_pwd;
  k.ice_pwd = shm::Text<40>(after.pwd);
  ASSERT_TRUE(rig_.publisher().update(before.endpoint, r, k).ok());
  settle();
  const uint64_t answered = rig_.counters()[Counter::stun_answered];
  check(before);
  check(after);
  EXPECT_EQ(rig_.counters()[Counter::stun_answered], answered + 2);
  Client mixed = after;
  mixed.pwd = before.pwd;
  check(mixed);
  EXPECT_EQ(rig_.counters()[Counter::drop_stun_unauthenticated], 1u);
  r.previous_ufrag = {};
  k.previous_ice_pwd = {};
  ASSERT_TRUE(rig_.publisher().update(before.endpoint, r, k).ok());
  settle();
  check(before);
  check(after);
  EXPECT_EQ(rig_.counters()[Counter::stun_answered], answered + 3);
}

}  // namespace
}  // namespace sluice
