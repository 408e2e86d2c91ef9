// What a receive transport offers, and which answers it takes.
#include <algorithm>

#include "tests/unit/controlplane/agent/agent_fixture.h"

namespace sluice::agent::test {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;

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

}  // namespace
}  // namespace sluice::agent::test
