// The agent between a conference made of requests and a region with a fake data plane.
#include "tests/unit/controlplane/agent/agent_fixture.h"

namespace sluice::agent::test {
namespace {

using schema::EndpointState;
using schema::SubscriptionState;
using shm::EventKind;
using shm::TableId;

TEST_F(AgentOnPlane, puntsOfStrangersAndOfGoneEndpointsAreCountedAndDropped) {
  plane->punt({}, {22, 0xfe, 0xfd}, shm::PuntClass::stranger);
  plane->punt({3, 99}, {22, 0xfe, 0xfd});
  until("both are seen", [&] {
    return agent->counters().punts_stranger == 1 && agent->counters().punts_stale == 1;
  });
}

TEST_F(AgentOnPlane, closingFreesEverySlot) {
  DtlsPeer peer, sender;
  const shm::SlotRef ref = endpoint_of(publish("p", audio_video, sender));
  handshake("p", ref, sender);
  receive("r", peer);
  subscribe("s1", "r", "p/0", "ada");
  subscribe("s2", "r", "p/1", "ada");
  settle();
  close("p");
  close("r");
  until("closed",
        [&] { return phase("p") == EndpointState::CLOSED && phase("r") == EndpointState::CLOSED; });
  EXPECT_EQ(subscriptions["s1"].phase(), SubscriptionState::ENDED);
  EXPECT_TRUE(tracks["p/0"].ended());
  until("every slot is free", [&] {
    for (const TableId t :
         {TableId::endpoint, TableId::track, TableId::stream, TableId::subscription}) {
      for (uint32_t i = 0; i < slot_count(config.capacities, t); ++i) {
        if (plane->region().head(t, i).word.load().state != shm::SlotState::free) return false;
      }
    }
    return true;
  });
  const shm::EndpointKeys k = plane->keys(ref);
  EXPECT_EQ(k.profile, srtp::Profile::none);
  EXPECT_EQ(k.recv.key, srtp::MasterKey{}.key);
}

TEST_F(AgentOnPlane, aFullTableIsAnAnswerAndNotACrash) {
  for (uint32_t i = 0; i <= config.capacities.endpoints; ++i) open_publish("p" + std::to_string(i));
  const std::string last = "p" + std::to_string(config.capacities.endpoints);
  until("told", [&] { return phase(last) == EndpointState::FAILED; });
  EXPECT_EQ(phase("p0"), EndpointState::NEW);
  EXPECT_FALSE(endpoints[last].reason().empty());
}

TEST_F(AgentOnPlane, endpointsAreSpreadOverTheWorkers) {
  for (int i = 0; i < 10; ++i) open_publish("p" + std::to_string(i));
  settle();
  std::map<uint8_t, int> homes;
  for (const auto ref : plane->live(TableId::endpoint)) ++homes[plane->endpoint(ref).home_worker];
  EXPECT_EQ(homes, (std::map<uint8_t, int>{{0, 5}, {1, 5}}));
}

TEST_F(AgentOnPlane, mutingIsInTheTrackAndLevelsAreReported) {
  DtlsPeer peer;
  publish("p", audio_video, peer);
  schema::AgentRequest request;
  request.mutable_set_track_muted()->set_track_id("p/0");
  request.mutable_set_track_muted()->set_muted(true);
  agent->on_request(request);
  settle();
  const auto refs = plane->live(TableId::track);
  int muted = 0;
  for (const auto& t : plane->live_tracks()) muted += t.muted;
  EXPECT_EQ(muted, 1);
  for (const auto ref : refs) plane->event(EventKind::speaker_level, ref, 1, 30);
  until("told", [&] { return levels.contains("p/0"); });
  EXPECT_EQ(levels["p/0"].level(), 30u);
  EXPECT_TRUE(levels["p/0"].speaking());
}

TEST_F(AgentTest, requestsWaitForTheRegionAndTheAgentSurvivesThePlane) {
  start_agent();
  DtlsPeer peer;
  open_publish("p");
  offer("p", 1, with_certificate(audio_video, peer));
  until("told that there is none", [&] { return !node_states.empty(); });
  EXPECT_FALSE(node_states.back().dataplane_ready());
  EXPECT_FALSE(node_states.back().reason().empty());
  EXPECT_EQ(agent->counters().requests_waiting, 2u);
  start_plane();
  until("answered", [&] { return local.contains("p"); });
  stop_plane();
  until("told that it is gone", [&] { return !node_states.back().dataplane_ready(); });
  // The tables are there: work goes on.
  open_publish("q");
  until("opened", [&] { return phase("q") == EndpointState::NEW; });
  start_plane();
  until("told that it is back", [&] { return node_states.back().dataplane_ready(); });
  EXPECT_EQ(plane->live(TableId::endpoint).size(), 2u);
  EXPECT_EQ(plane->live_tracks().size(), 2u);
}

}  // namespace
}  // namespace sluice::agent::test
