// Which stream a wish gets, and what is reported of it.
#include "tests/unit/controlplane/agent/agent_fixture.h"

namespace sluice::agent::test {
namespace {

using schema::SubscriptionState;
using shm::EventKind;
using shm::TableId;

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

}  // namespace
}  // namespace sluice::agent::test
