// A transport that the client offers to receive on, from the agent's requests to the region.
#include "tests/unit/controlplane/agent/agent_fixture.h"

namespace sluice::agent::test {
namespace {

using proto::sdp::Description;
using schema::EndpointState;
using schema::SubscriptionState;
using shm::TableId;

constexpr const char* play = "gstreamer_play.sdp";

struct PlayOnPlane : AgentTest {
  PlayOnPlane() {
    start_plane();
    start_agent();
    until("the node is ready",
          [&] { return !node_states.empty() && node_states.back().dataplane_ready(); });
  }
  Description answered(uint64_t negotiation, const std::string& sdp) {
    offer("r", negotiation, sdp);
    until("answered",
          [&] { return local.contains("r") && local["r"].negotiation() == negotiation; });
    EXPECT_EQ(local["r"].type(), "answer");
    return parsed(local["r"].sdp());
  }
};

TEST_F(PlayOnPlane, anOfferToReceiveIsAnsweredAndFed) {
  DtlsPeer publisher, player;
  publish("p", "chromium_audio_video.sdp", publisher);
  open_play("r");
  const Description answer = answered(1, with_certificate(play, player));
  EXPECT_TRUE(answer.ice_lite);
  ASSERT_EQ(answer.media.size(), 2u);
  EXPECT_FALSE(answer.media[0].candidates.empty());
  EXPECT_EQ(answer.media[0].setup, proto::sdp::Setup::passive);
  ASSERT_EQ(answer.media[0].sources.size(), 1u);
  const shm::SlotRef ref = endpoint_of(answer);
  EXPECT_EQ(
      plane->negotiation(ref).send_payloads[static_cast<std::size_t>(Codec::vp8)].payload_type,
      101);
  handshake("r", ref, player);
  ASSERT_EQ(phase("r"), EndpointState::CONNECTED) << endpoints["r"].reason();

  // The second video finds no stream: there is one of each kind, and no offer of ours to make more.
  subscribe("r/1", "r", "p/0", "a");
  subscribe("r/2", "r", "p/1", "a");
  subscribe("r/3", "r", "p/1", "b");
  until("all are settled", [&] { return subscriptions.contains("r/3"); });
  EXPECT_EQ(subscriptions["r/1"].phase(), SubscriptionState::WAITING);
  EXPECT_EQ(subscriptions["r/1"].mid(), "audio1");
  EXPECT_EQ(subscriptions["r/2"].mid(), "video0");
  EXPECT_EQ(subscriptions["r/3"].phase(), SubscriptionState::REFUSED);
  // What one source leaves, the next one takes, of whatever pair it is.
  unsubscribe("r/2");
  subscribe("r/4", "r", "p/1", "b");
  until("switched", [&] { return subscriptions.contains("r/4"); });
  EXPECT_EQ(subscriptions["r/4"].phase(), SubscriptionState::WAITING);
  EXPECT_EQ(subscriptions["r/4"].mid(), "video0");
  EXPECT_EQ(descriptions["r"], 1);
  EXPECT_EQ(plane->first_fault(), "");
}

TEST_F(PlayOnPlane, newCredentialsOfTheClientAreARestart) {
  DtlsPeer player;
  open_play("r");
  const std::string sdp = with_certificate(play, player);
  const Description first = answered(1, sdp);
  std::string again = sdp;
  for (const auto& [was, is] : {std::pair("dZ7xGVjK2LCAkcl8", "anotherFragment0"),
                                std::pair("q7n8Jp1kNcKm2Qhz", "anotherPassword0")}) {
    for (std::size_t at; (at = again.find(was)) != std::string::npos;) again.replace(at, 16, is);
  }
  const Description second = answered(2, again);
  EXPECT_NE(second.media[0].ice_ufrag, first.media[0].ice_ufrag);
  EXPECT_NE(second.media[0].ice_pwd, first.media[0].ice_pwd);
  EXPECT_EQ(second.media[0].sources, first.media[0].sources);
  EXPECT_EQ(second.media[0].fingerprints, first.media[0].fingerprints);
  // The same again is answered the same, and restarts nothing.
  const std::string told = local["r"].sdp();
  const int before = descriptions["r"];
  offer("r", 2, again);
  until("repeated", [&] { return descriptions["r"] > before; });
  EXPECT_EQ(local["r"].sdp(), told);
}

TEST_F(PlayOnPlane, whatCannotBeFedIsRefusedAndChangesNothing) {
  DtlsPeer player;
  open_play("r");
  offer("r", 1, with_certificate("obs_h264.sdp", player));
  until("refused", [&] { return refused.contains("r"); });
  EXPECT_EQ(refused["r"].reason(), "no m-line of audio or video receives");
  EXPECT_FALSE(local.contains("r"));
  answer("r", 1, with_certificate(play, player));
  until("refused again", [&] { return refused["r"].reason() == "not an offer"; });
  EXPECT_EQ(answered(2, with_certificate(play, player)).media.size(), 2u);
  close("r");
  until("closed", [&] { return phase("r") == EndpointState::CLOSED; });
  EXPECT_EQ(plane->first_fault(), "");
}

}  // namespace
}  // namespace sluice::agent::test
