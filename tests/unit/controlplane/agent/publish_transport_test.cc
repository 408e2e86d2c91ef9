// What a publish transport answers to offers, and what stands in the tables then.
#include "tests/unit/controlplane/agent/agent_fixture.h"

namespace sluice::agent::test {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;
using schema::EndpointState;

TEST_F(AgentOnPlane, anOfferIsAnsweredAndItsTracksAreInTheTables) {
  DtlsPeer peer;
  const Description answer = publish("p", audio_video, peer);
  EXPECT_TRUE(answer.ice_lite);
  ASSERT_EQ(answer.media.size(), 2u);
  for (const auto& m : answer.media) {
    EXPECT_EQ(m.direction, Direction::recvonly);
    EXPECT_EQ(m.setup, proto::sdp::Setup::passive);
    EXPECT_EQ(m.ice_ufrag.size(), 8u);
    EXPECT_EQ(m.ice_pwd.size(), 32u);
    EXPECT_TRUE(m.rtcp_mux);
  }
  const shm::SlotRef ref = endpoint_of(answer);
  ASSERT_TRUE(ref);
  const shm::EndpointRecord r = plane->endpoint(ref);
  EXPECT_EQ(agent->region_id_of("p"), r.id);
  EXPECT_EQ(agent->region_id_of("q"), 0u);
  const auto& candidates = answer.media[0].candidates;
  ASSERT_EQ(candidates.size(), 2u);
  EXPECT_EQ(candidates[0].address, "192.0.2.10");
  EXPECT_EQ(candidates[0].port, FakePlane::udp_port_base + r.home_worker);
  EXPECT_EQ(candidates[1].address, "2001:db8::10");
  EXPECT_GT(candidates[0].priority, candidates[1].priority);
  EXPECT_TRUE(answer.media[0].end_of_candidates);
  EXPECT_EQ(r.sends, 1);
  EXPECT_EQ(r.transport_feedback, 1);
  EXPECT_NE(plane->negotiation(ref).recv_extensions.mid, 0);
  EXPECT_EQ(r.srtp_profile, srtp::Profile::none);
  EXPECT_EQ(plane->keys(ref).ice_pwd.view(), answer.media[0].ice_pwd);
  ASSERT_EQ(plane->live_tracks().size(), 2u);
  for (const shm::TrackRecord& t : plane->live_tracks()) EXPECT_EQ(t.endpoint, ref);
  EXPECT_EQ(tracks["p/0"].kind(), schema::AUDIO);
  EXPECT_EQ(tracks["p/0"].source(), schema::MICROPHONE);
  EXPECT_EQ(tracks["p/1"].source(), schema::CAMERA);
  EXPECT_NE(tracks["p/0"].csrc(), tracks["p/1"].csrc());
  EXPECT_EQ(plane->first_fault(), "");
}

TEST_F(AgentOnPlane, refusalsNameTheLineAndChangeNothing) {
  DtlsPeer peer;
  open_publish("p");
  offer("p", 1, with_certificate("no_bundle.sdp", peer));
  until("refused", [&] { return refused.contains("p"); });
  EXPECT_EQ(refused["p"].negotiation(), 1u);
  EXPECT_NE(refused["p"].reason().find("m-line 0"), std::string::npos) << refused["p"].reason();
  EXPECT_NE(refused["p"].reason().find("BUNDLE"), std::string::npos);
  offer("p", 2, "v=0\r\nnonsense\r\n");
  until("refused", [&] { return refused["p"].negotiation() == 2; });
  EXPECT_NE(refused["p"].reason().find("line 2"), std::string::npos);
  offer("nobody", 1, "v=0\r\n");
  until("refused", [&] { return refused.contains("nobody"); });
  EXPECT_TRUE(plane->live_tracks().empty());
  EXPECT_FALSE(local.contains("p"));
  offer("p", 3, with_certificate(audio_video, peer));
  until("answered", [&] { return local.contains("p"); });
  EXPECT_EQ(local["p"].negotiation(), 3u);
}

TEST_F(AgentOnPlane, aRepeatedOfferGetsTheSameAnswer) {
  DtlsPeer peer;
  publish("p", audio_video, peer);
  const std::string first = local["p"].sdp();
  offer("p", 1, with_certificate(audio_video, peer));
  until("again", [&] { return descriptions["p"] == 2; });
  EXPECT_EQ(local["p"].sdp(), first);
}

TEST_F(AgentOnPlane, anInactiveLineEndsItsTrackAndComesBack) {
  DtlsPeer peer;
  publish("p", audio_video, peer);
  Description d = parsed(with_certificate(audio_video, peer));
  d.media[1].direction = Direction::inactive;
  offer("p", 2, write_description(d));
  until("ended", [&] { return tracks["p/1"].ended(); });
  EXPECT_EQ(plane->live_tracks().size(), 1u);
  EXPECT_FALSE(tracks["p/0"].ended());
  d.media[1].direction = Direction::sendonly;
  offer("p", 3, write_description(d));
  until("back", [&] { return !tracks["p/1"].ended(); });
  EXPECT_EQ(plane->live_tracks().size(), 2u);
}

TEST_F(AgentOnPlane, aClientThatRestartsIceGetsNewCredentialsBesideTheOld) {
  DtlsPeer peer;
  const Description before = publish("p", audio_video, peer);
  const shm::SlotRef ref = endpoint_of(before);
  handshake("p", ref, peer);
  Description d = parsed(with_certificate(audio_video, peer));
  for (auto& m : d.media) {
    m.ice_ufrag = "anew";
    m.ice_pwd = "abcdefghijklmnopqrstuvwx";
  }
  offer("p", 2, write_description(d));
  until("answered", [&] { return local["p"].negotiation() == 2; });
  const Description after = parsed(local["p"].sdp());
  EXPECT_NE(after.media[0].ice_ufrag, before.media[0].ice_ufrag);
  const shm::EndpointRecord r = plane->endpoint(ref);
  const shm::EndpointKeys k = plane->keys(ref);
  EXPECT_EQ(r.ufrag.view(), after.media[0].ice_ufrag);
  EXPECT_EQ(r.previous_ufrag.view(), before.media[0].ice_ufrag);
  EXPECT_EQ(k.ice_pwd.view(), after.media[0].ice_pwd);
  EXPECT_EQ(k.previous_ice_pwd.view(), before.media[0].ice_pwd);
  expect_keys_of(k, peer, true);
  EXPECT_EQ(phase("p"), EndpointState::CONNECTED);
  EXPECT_EQ(plane->first_fault(), "");
}

}  // namespace
}  // namespace sluice::agent::test
