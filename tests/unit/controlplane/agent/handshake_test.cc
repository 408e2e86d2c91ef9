// DTLS of a client with the agent: whose keys get into the region, and when.
#include "tests/unit/controlplane/agent/agent_fixture.h"

namespace sluice::agent::test {
namespace {

using proto::sdp::Description;
using schema::EndpointState;
using shm::EventKind;

TEST_F(AgentOnPlane, theHandshakeOfAClientPutsItsKeysIntoTheRegion) {
  DtlsPeer::Options options;
  options.large_hello = true;
  DtlsPeer peer(options);
  const shm::SlotRef ref = endpoint_of(publish("p", audio_video, peer));
  handshake("p", ref, peer);
  ASSERT_EQ(phase("p"), EndpointState::CONNECTED) << endpoints["p"].reason();
  const shm::EndpointRecord r = plane->endpoint(ref);
  const shm::EndpointKeys k = plane->keys(ref);
  EXPECT_EQ(r.srtp_profile, srtp::Profile::aead_aes_256_gcm);
  EXPECT_EQ(r.key_epoch, k.epoch);
  EXPECT_NE(r.key_epoch, 0);
  expect_keys_of(k, peer, true);
  EXPECT_EQ(plane->first_fault(), "");
}

TEST_F(AgentOnPlane, aClientThatIsPassiveIsCalledOnceItIsNominated) {
  DtlsPeer::Options options;
  options.client = false;
  DtlsPeer peer(options);
  open_publish("p");
  offer("p", 1, with_certificate(audio_video, peer, "passive"));
  until("answered", [&] { return local.contains("p"); });
  const Description answer = parsed(local["p"].sdp());
  EXPECT_EQ(answer.media[0].setup, proto::sdp::Setup::active);
  const shm::SlotRef ref = endpoint_of(answer);
  handshake("p", ref, peer);
  ASSERT_EQ(phase("p"), EndpointState::CONNECTED) << endpoints["p"].reason();
  expect_keys_of(plane->keys(ref), peer, false);
}

TEST_F(AgentOnPlane, keysAreNotPublishedBeforeTheFingerprintIsKnown) {
  DtlsPeer peer;
  open_receive("r");
  until("offered", [&] { return local.contains("r"); });
  const std::string sdp = local["r"].sdp();
  const shm::SlotRef ref = endpoint_of(parsed(sdp));
  plane->event(EventKind::endpoint_connected, ref);
  peer.start();
  until("the client is through", [&] {
    for (const auto& d : peer.take_output()) plane->punt(ref, d);
    for (const auto& d : plane->take_injected(ref)) peer.on_datagram(d);
    return peer.connected();
  });
  settle();
  EXPECT_EQ(plane->endpoint(ref).srtp_profile, srtp::Profile::none);
  EXPECT_EQ(phase("r"), EndpointState::NEW);
  answer("r", 1, accept(sdp, peer));
  until("connected", [&] { return phase("r") == EndpointState::CONNECTED; });
  expect_keys_of(plane->keys(ref), peer, true);
}

TEST_F(AgentOnPlane, anotherCertificateThanAnnouncedFails) {
  DtlsPeer announced;
  DtlsPeer peer;
  const shm::SlotRef ref = endpoint_of(publish("p", audio_video, announced));
  handshake("p", ref, peer);
  EXPECT_EQ(phase("p"), EndpointState::FAILED);
  EXPECT_NE(endpoints["p"].reason().find("fingerprint"), std::string::npos);
  EXPECT_EQ(plane->endpoint(ref).srtp_profile, srtp::Profile::none);
  EXPECT_EQ(plane->keys(ref).profile, srtp::Profile::none);
}

TEST_F(AgentOnPlane, consentLostIsSilenceAndMayComeBack) {
  DtlsPeer peer;
  const shm::SlotRef ref = endpoint_of(publish("p", audio_video, peer));
  handshake("p", ref, peer);
  plane->event(EventKind::consent_lost, ref);
  until("silent", [&] { return phase("p") == EndpointState::SILENT; });
  plane->event(EventKind::consent_regained, ref);
  until("back", [&] { return phase("p") == EndpointState::CONNECTED; });
  peer.close();
  for (const auto& d : peer.take_output()) plane->punt(ref, d, shm::PuntClass::endpoint);
  until("closed", [&] { return phase("p") == EndpointState::CLOSED; });
}

TEST_F(AgentTest, aHandshakeThatNeverEndsFailsItsEndpoint) {
  handshake_max = ns_per_s / 5;
  start_plane();
  start_agent();
  DtlsPeer peer, other;
  const shm::SlotRef ref = endpoint_of(publish("p", audio_video, peer));
  plane->event(EventKind::endpoint_connected, ref);
  peer.start();
  const auto hello = peer.take_output();
  // It says the same again and again: the session does not live by that.
  until("failed", [&] {
    for (const auto& d : hello) plane->punt(ref, d);
    plane->take_injected(ref);
    return phase("p") == EndpointState::FAILED;
  });
  EXPECT_NE(endpoints["p"].reason().find("handshake"), std::string::npos);
  EXPECT_EQ(agent->counters().handshakes_timed_out, 1u);
  // Another's is what it was.
  handshake_max = handshake_max_ns;
  agent.reset();
  start_agent();
  handshake("q", endpoint_of(publish("q", audio_video, other)), other);
  EXPECT_EQ(phase("q"), EndpointState::CONNECTED);
}

}  // namespace
}  // namespace sluice::agent::test
