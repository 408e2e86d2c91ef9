// The agent between a conference made of requests and a region with a fake data plane.
#include <cstring>

#include "tests/unit/controlplane/agent/agent_fixture.h"

namespace sluice::agent::test {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;
using schema::EndpointState;
using schema::SubscriptionState;
using shm::EventKind;
using shm::TableId;

constexpr const char* audio_video = "chromium_audio_video.sdp";

void expect_keys_of(const shm::EndpointKeys& k, const DtlsPeer& peer, bool peer_is_client) {
  const std::size_t key = srtp::key_length(k.profile);
  const std::size_t salt = srtp::salt_length(k.profile);
  const std::vector<uint8_t> m = peer.exported(key, salt);
  const srtp::MasterKey& client = peer_is_client ? k.recv : k.send;
  const srtp::MasterKey& server = peer_is_client ? k.send : k.recv;
  EXPECT_EQ(std::memcmp(client.key.data(), m.data(), key), 0);
  EXPECT_EQ(std::memcmp(server.key.data(), m.data() + key, key), 0);
  EXPECT_EQ(std::memcmp(client.salt.data(), m.data() + 2 * key, salt), 0);
  EXPECT_EQ(std::memcmp(server.salt.data(), m.data() + 2 * key + salt, salt), 0);
}

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

TEST_F(AgentOnPlane, puntsOfStrangersAndOfGoneEndpointsAreCountedAndDropped) {
  plane->punt({}, {22, 0xfe, 0xfd}, shm::PuntClass::stranger);
  plane->punt({3, 99}, {22, 0xfe, 0xfd});
  until("both are seen", [&] {
    return agent->counters().punts_stranger == 1 && agent->counters().punts_stale == 1;
  });
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

TEST_F(AgentOnPlane, aReceiverIsOfferedItsPoolWithOneStreamPerLine) {
  DtlsPeer peer;
  const shm::SlotRef ref = receive("r", peer);
  const Description offer = parsed(local["r"].sdp());
  ASSERT_EQ(offer.media.size(), 8u);
  const auto streams = plane->live_streams();
  ASSERT_EQ(streams.size(), 8u);
  for (const auto& m : offer.media) {
    EXPECT_EQ(m.direction, Direction::sendonly);
    EXPECT_EQ(m.setup, proto::sdp::Setup::actpass);
    ASSERT_EQ(m.sources.size(), 1u);
    const auto at = std::find_if(streams.begin(), streams.end(), [&](const shm::StreamRecord& s) {
      return s.ssrc == m.sources[0].ssrc && s.cname.view() == m.sources[0].cname;
    });
    ASSERT_NE(at, streams.end());
    EXPECT_EQ(at->endpoint, ref);
    EXPECT_LT(at->initial_seq, 1 << 15);
  }
  for (std::size_t i = 0; i < offer.media.size(); i += 2) {
    EXPECT_EQ(offer.media[i].msids[0].stream, offer.media[i + 1].msids[0].stream);
    EXPECT_EQ(offer.media[i].sources[0].cname, offer.media[i + 1].sources[0].cname);
  }
  const shm::EndpointRecord r = plane->endpoint(ref);
  EXPECT_EQ(r.receives, 1);
  const shm::NegotiationRecord n = plane->negotiation(ref);
  for (const Codec c : {Codec::opus, Codec::vp8, Codec::vp9, Codec::h264, Codec::av1}) {
    EXPECT_NE(n.send_payloads[static_cast<std::size_t>(c)].payload_type, 0) << name_of(c);
  }
  EXPECT_NE(n.send_extensions.dependency_descriptor, 0);
  EXPECT_EQ(plane->first_fault(), "");
}

TEST_F(AgentOnPlane, theFeedbackOfAReceiverIsFixedWhenItIsOpened) {
  DtlsPeer peer;
  open_receive("r", {}, schema::OpenEndpoint::TRANSPORT_WIDE);
  until("r is offered", [&] { return local.contains("r"); });
  const shm::SlotRef ref = endpoint_of(parsed(local["r"].sdp()));
  EXPECT_EQ(plane->negotiation(ref).send_extensions.transport_cc, 0) << "nothing is agreed yet";
  answer_newest("r", peer);
  EXPECT_NE(plane->negotiation(ref).send_extensions.transport_cc, 0);
  open_receive("r", {}, schema::OpenEndpoint::REPORTS);
  restart_ice("r");
  settle();
  answer_newest("r", peer);
  EXPECT_NE(plane->negotiation(ref).send_extensions.transport_cc, 0);

  const shm::SlotRef other = receive("audience", peer);
  EXPECT_EQ(plane->negotiation(other).send_extensions.transport_cc, 0);
  EXPECT_EQ(plane->first_fault(), "");
}

TEST_F(AgentOnPlane, audioAndVideoOfOnePairShareAPairOfStreams) {
  DtlsPeer peer, sender;
  receive("r", peer);
  publish("p", audio_video, sender);
  subscribe("s1", "r", "p/0", "ada");
  subscribe("s2", "r", "p/1", "ada");
  until("both wait", [&] {
    return subscriptions["s1"].phase() == SubscriptionState::WAITING &&
           subscriptions["s2"].phase() == SubscriptionState::WAITING;
  });
  EXPECT_EQ(std::stoi(subscriptions["s1"].mid()) / 2, std::stoi(subscriptions["s2"].mid()) / 2);
  EXPECT_EQ(plane->live_subscriptions().size(), 2u);
  EXPECT_EQ(plane->first_fault(), "");
  const auto refs = plane->live(TableId::subscription);
  for (const auto ref : refs) plane->event(EventKind::subscription_open, ref);
  until("both are open", [&] {
    return subscriptions["s1"].phase() == SubscriptionState::OPEN &&
           subscriptions["s2"].phase() == SubscriptionState::OPEN;
  });
  // Asking again changes nothing; a newer wish changes the record in place.
  subscribe("s1", "r", "p/0", "ada");
  settle();
  EXPECT_EQ(plane->live(TableId::subscription), refs);
  unsubscribe("s1");
  until("ended", [&] { return subscriptions["s1"].phase() == SubscriptionState::ENDED; });
  EXPECT_EQ(plane->live_subscriptions().size(), 1u);
  EXPECT_EQ(plane->live_streams().size(), 8u);
}

TEST_F(AgentOnPlane, aSubscriptionSwitchesItsSourceOnTheSameStream) {
  DtlsPeer peer, a, b;
  receive("r", peer);
  publish("a", audio_video, a);
  publish("b", audio_video, b);
  subscribe("s", "r", "a/1", "tile");
  until("waiting", [&] { return subscriptions.contains("s"); });
  const auto before = plane->live_subscriptions().at(0);
  const auto refs = plane->live(TableId::subscription);
  subscribe("s", "r", "b/1", "tile", 2);
  settle();
  const auto after = plane->live_subscriptions().at(0);
  EXPECT_EQ(plane->live(TableId::subscription), refs);
  EXPECT_EQ(after.stream, before.stream);
  EXPECT_NE(after.track, before.track);
  // An older wish comes too late.
  subscribe("s", "r", "a/1", "tile", 1);
  settle();
  EXPECT_EQ(plane->live_subscriptions().at(0).track, after.track);
}

TEST_F(AgentOnPlane, aCodecTheReceiverLacksIsReported) {
  DtlsPeer peer, sender;
  receive("r", peer, {"VP8", "opus"});
  publish("p", audio_video, sender);
  subscribe("s", "r", "p/1", "ada");
  until("waiting", [&] { return subscriptions["s"].phase() == SubscriptionState::WAITING; });
  const auto refs = plane->live(TableId::track);
  for (const auto ref : refs) {
    plane->event(EventKind::track_started, ref, static_cast<uint8_t>(Codec::av1), 1);
  }
  until("undecodable",
        [&] { return subscriptions["s"].phase() == SubscriptionState::UNDECODABLE; });
  EXPECT_EQ(subscriptions["s"].codec(), "AV1");
  EXPECT_TRUE(tracks["p/1"].started());
  EXPECT_EQ(tracks["p/1"].codec(), "AV1");
  for (const auto ref : refs) {
    plane->event(EventKind::track_codec, ref, static_cast<uint8_t>(Codec::vp8));
  }
  until("again", [&] { return subscriptions["s"].phase() == SubscriptionState::WAITING; });
}

TEST_F(AgentOnPlane, sixtyPeopleComingCostAReceiverAtMostThreeOffers) {
  DtlsPeer peer;
  receive("r", peer);
  std::vector<std::unique_ptr<DtlsPeer>> people;
  for (int i = 0; i < 59; ++i) {
    const std::string id = "p" + std::to_string(i);
    people.push_back(std::make_unique<DtlsPeer>());
    publish(id, audio_video, *people.back());
    subscribe("a" + id, "r", id + "/0", id);
    subscribe("v" + id, "r", id + "/1", id);
    settle();
    answer_newest("r", peer);
  }
  EXPECT_LE(descriptions["r"], 3);
  EXPECT_EQ(plane->live_subscriptions().size(), 118u);
  for (const auto& [id, s] : subscriptions) {
    EXPECT_EQ(s.phase(), SubscriptionState::WAITING) << id << s.reason();
  }
  EXPECT_EQ(plane->first_fault(), "");
  // They leave and others come: the pool is there.
  const int offers = descriptions["r"];
  for (int i = 0; i < 59; ++i) close("p" + std::to_string(i));
  until("all are gone", [&] { return plane->live_subscriptions().empty(); });
  DtlsPeer late;
  publish("late", audio_video, late);
  subscribe("again", "r", "late/1", "late");
  until("waiting", [&] { return subscriptions["again"].phase() == SubscriptionState::WAITING; });
  EXPECT_EQ(descriptions["r"], offers);
}

TEST_F(AgentOnPlane, aStreamThatWasNotAnsweredYetIsNotFed) {
  DtlsPeer peer, sender;
  publish("p", audio_video, sender);
  open_receive("r");
  subscribe("s", "r", "p/1", "ada");
  until("waiting", [&] { return subscriptions["s"].phase() == SubscriptionState::WAITING; });
  EXPECT_TRUE(plane->live_subscriptions().empty());
  answer_newest("r", peer);
  until("fed", [&] { return plane->live_subscriptions().size() == 1; });
}

TEST_F(AgentOnPlane, anIceRestartOfTheReceiverIsAnOfferWithNewCredentials) {
  DtlsPeer peer;
  const shm::SlotRef ref = receive("r", peer);
  const std::string old = parsed(local["r"].sdp()).media[0].ice_ufrag;
  restart_ice("r");
  until("offered", [&] { return local["r"].negotiation() == 2; });
  const std::string fresh = parsed(local["r"].sdp()).media[0].ice_ufrag;
  EXPECT_NE(fresh, old);
  EXPECT_EQ(plane->endpoint(ref).previous_ufrag.view(), old);
  // One outstanding: asked again, the same offer is repeated.
  const int before = descriptions["r"];
  restart_ice("r");
  until("repeated", [&] { return descriptions["r"] == before + 1; });
  EXPECT_EQ(local["r"].negotiation(), 2u);
  EXPECT_EQ(parsed(local["r"].sdp()).media[0].ice_ufrag, fresh);
  // An answer to the first offer comes too late and is ignored.
  answer("r", 1, accept(local["r"].sdp(), peer));
  answer_newest("r", peer);
  EXPECT_FALSE(refused.contains("r"));
}

TEST_F(AgentOnPlane, wrongAnswersAreRefusedAndTheOfferStaysOpen) {
  DtlsPeer peer;
  open_receive("r");
  until("offered", [&] { return local.contains("r"); });
  const std::string good = accept(local["r"].sdp(), peer);
  const auto refuse = [&](const std::function<void(Description&)>& spoil, const std::string& why) {
    Description d = parsed(good);
    spoil(d);
    refused.clear();
    answer("r", 1, write_description(d));
    until("refused: " + why, [&] { return refused.contains("r"); });
    EXPECT_NE(refused["r"].reason().find(why), std::string::npos) << refused["r"].reason();
  };
  refuse([](Description& d) { d.media.pop_back(); }, "m-lines");
  refuse([](Description& d) { d.media[1].mid = "x"; }, "m-line 1");
  refuse([](Description& d) { d.media[2].direction = Direction::sendrecv; }, "m-line 2");
  refuse([](Description& d) { d.bundles.clear(); }, "BUNDLE");
  refuse(
      [](Description& d) {
        for (auto& m : d.media) m.fingerprints.clear();
      },
      "fingerprint");
  refuse(
      [](Description& d) {
        for (auto& m : d.media) m.setup = proto::sdp::Setup::actpass;
      },
      "a=setup");
  answer("r", 1, good);
  DtlsPeer sender;
  publish("p", audio_video, sender);
  subscribe("s", "r", "p/1", "");
  until("fed", [&] { return plane->live_subscriptions().size() == 1; });
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
