// An operator moves endpoints to another worker.
#include "tests/unit/controlplane/agent/agent_fixture.h"

namespace sluice::agent::test {
namespace {

using proto::sdp::Description;
using schema::EndpointState;
using schema::SubscriptionState;
using shm::TableId;

uint16_t port_of(const Description& d) {
  return d.media[0].candidates.at(0).port;
}

TEST_F(AgentOnPlane, aPublisherMovesWithItsTracksAndIsAskedForAnOffer) {
  DtlsPeer peer;
  const Description before = publish("p", audio_video, peer);
  const shm::SlotRef ref = endpoint_of(before);
  handshake("p", ref, peer);
  const shm::EndpointRecord was = plane->endpoint(ref);
  const shm::EndpointKeys keys = plane->keys(ref);
  const auto worker = static_cast<uint8_t>(1 - was.home_worker);
  ASSERT_TRUE(agent->move(ref, worker).ok());
  until("an offer is wanted", [&] { return offers_wanted == std::vector<std::string>{"p"}; });
  EXPECT_EQ(plane->endpoint(ref).home_worker, worker);
  EXPECT_EQ(plane->endpoint(ref).ufrag, was.ufrag) << "what the client has serves on";
  EXPECT_EQ(plane->keys(ref).recv.key, keys.recv.key);
  EXPECT_EQ(plane->keys(ref).send.key, keys.send.key);
  EXPECT_EQ(plane->endpoint(ref).key_epoch, was.key_epoch);
  // Again, or to where it is: nothing.
  ASSERT_TRUE(agent->move({ref.slot, 0}, worker).ok());
  settle();
  EXPECT_EQ(offers_wanted.size(), 1u);

  Description d = parsed(with_certificate(audio_video, peer));
  for (auto& m : d.media) {
    m.ice_ufrag = "anew";
    m.ice_pwd = "abcdefghijklmnopqrstuvwx";
  }
  offer("p", 2, write_description(d));
  until("answered", [&] { return local["p"].negotiation() == 2; });
  EXPECT_EQ(port_of(parsed(local["p"].sdp())), FakePlane::udp_port_base + worker);
  EXPECT_EQ(plane->live_tracks().size(), 2u);
  EXPECT_EQ(phase("p"), EndpointState::CONNECTED);
  EXPECT_EQ(plane->first_fault(), "");
}

TEST_F(AgentOnPlane, aReceiverMovesWithItsStreamsAndIsOfferedTheNewCandidates) {
  DtlsPeer peer, sender;
  publish("p", audio_video, sender);
  const shm::SlotRef ref = receive("r", peer);
  subscribe("s", "r", "p/1", "ada");
  until("it waits", [&] { return subscriptions["s"].phase() == SubscriptionState::WAITING; });
  const auto streams = plane->live(TableId::stream);
  const auto fed = plane->live(TableId::subscription);
  const shm::EndpointRecord was = plane->endpoint(ref);
  const auto worker = static_cast<uint8_t>(1 - was.home_worker);
  ASSERT_TRUE(agent->move(ref, worker).ok());
  until("offered", [&] { return local["r"].negotiation() == 2; });
  const Description offered = parsed(local["r"].sdp());
  EXPECT_EQ(port_of(offered), FakePlane::udp_port_base + worker);
  EXPECT_EQ(plane->endpoint(ref).previous_ufrag, was.ufrag);
  EXPECT_EQ(plane->endpoint(ref).home_worker, worker);
  EXPECT_EQ(plane->live(TableId::stream), streams);
  EXPECT_EQ(plane->live(TableId::subscription), fed);
  answer_newest("r", peer);
  EXPECT_FALSE(refused.contains("r"));
  EXPECT_EQ(plane->first_fault(), "");
}

// The offer that is out names the port of a worker that it has left meanwhile.
TEST_F(AgentOnPlane, aReceiverThatMovesTwiceIsOfferedTheLastHome) {
  DtlsPeer peer;
  const shm::SlotRef ref = receive("r", peer);
  const uint8_t home = plane->endpoint(ref).home_worker;
  ASSERT_TRUE(agent->move(ref, static_cast<uint8_t>(1 - home)).ok());
  until("offered", [&] { return local["r"].negotiation() == 2; });
  const std::string first = parsed(local["r"].sdp()).media[0].ice_ufrag;
  ASSERT_TRUE(agent->move(ref, home).ok());
  settle();
  EXPECT_EQ(local["r"].negotiation(), 2u) << "one at a time";
  answer("r", 2, accept(local["r"].sdp(), peer));
  until("offered again", [&] { return local["r"].negotiation() == 3; });
  const Description offered = parsed(local["r"].sdp());
  EXPECT_EQ(port_of(offered), FakePlane::udp_port_base + home);
  EXPECT_NE(offered.media[0].ice_ufrag, first);
  answer_newest("r", peer);
  EXPECT_EQ(plane->first_fault(), "");
}

TEST_F(AgentOnPlane, aMoveThatCannotBeSaysWhy) {
  DtlsPeer peer;
  const shm::SlotRef ref = endpoint_of(publish("p", audio_video, peer));
  EXPECT_EQ(agent->move(ref, 2).error().message, "no worker 2: there are 2");
  EXPECT_EQ(agent->move({ref.slot, ref.generation + 1}, 1).error().message,
            "no endpoint " + std::to_string(ref.slot) + "." + std::to_string(ref.generation + 1));
}

}  // namespace
}  // namespace sluice::agent::test
