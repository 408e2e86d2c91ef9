// Joining, leaving, resuming, being lost, being removed.
#include <gtest/gtest.h>

#include "tests/unit/controlplane/conference/stage.h"

namespace sluice::conference {
namespace {

using signaling::CloseCode;
using signaling::Role;
using signaling::Source;

TEST(People, AWelcomeListsEverybodyAlsoOneself) {
  Stage stage;
  stage.join("ada", Role::host);
  stage.publish("ada", {Source::microphone, Source::camera});
  stage.join("bob");

  const auto welcome = stage.heard<signaling::Welcome>("bob");
  ASSERT_EQ(welcome.size(), 1U);
  EXPECT_EQ(welcome[0].meeting_name, "Weekly");
  EXPECT_FALSE(welcome[0].resumed);
  EXPECT_EQ(welcome[0].role, Role::presenter);
  ASSERT_EQ(welcome[0].participants.size(), 2U);
  EXPECT_EQ(welcome[0].participants[0].id, "ada");
  EXPECT_EQ(welcome[0].participants[0].tracks.size(), 2U);
  EXPECT_EQ(welcome[0].participants[1].id, "bob");

  ASSERT_EQ(stage.heard<signaling::UserJoined>("ada").size(), 1U);
  EXPECT_TRUE(stage.heard<signaling::UserJoined>("bob").empty());
}

TEST(People, NothingReachesAClientBeforeItsWelcome) {
  Stage stage;
  stage.join("ada");
  stage.publish("ada", {Source::microphone});
  stage.disconnect("ada");
  stage.forget();
  stage.join("ada", Role::presenter, {"opus"}, /*resume=*/false);
  EXPECT_EQ(stage.heard<signaling::TrackChanged>("ada").size(), 0U);
  ASSERT_EQ(stage.heard<signaling::Welcome>("ada").size(), 1U);
  EXPECT_FALSE(stage.heard<signaling::Welcome>("ada")[0].resumed);
  EXPECT_TRUE(stage.heard<signaling::Welcome>("ada")[0].participants[0].tracks.empty());
}

TEST(People, WhoeverSaysNothingIsClosed) {
  Stage stage;
  const ConnectionId id = stage.connect("ada");
  stage.pass(11 * ns_per_s);
  ASSERT_EQ(stage.closes.size(), 1U);
  EXPECT_EQ(stage.closes[0].connection, id);
  EXPECT_EQ(stage.closes[0].code, CloseCode::protocol_error);
  EXPECT_EQ(stage.find("ada"), nullptr);
  EXPECT_EQ(stage.conference.stats().silent, 1U);
}

TEST(People, WhoeverSaysSomethingElseFirstIsTold) {
  Stage stage;
  stage.connect("ada");
  stage.say("ada", signaling::Chat{"hi"});
  ASSERT_EQ(stage.heard<signaling::ErrorMessage>("ada").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::ErrorMessage>("ada")[0].in_reply_to, "chat");
}

TEST(People, LeavingClosesTransportsAndTellsTheOthers) {
  Stage stage;
  stage.join("ada");
  stage.publish("ada", {Source::microphone});
  stage.join("bob");
  stage.forget();
  const ConnectionId gone = 1;
  stage.say("ada", signaling::Leave{});
  ASSERT_EQ(stage.closes.size(), 1U);
  EXPECT_EQ(stage.closes[0].connection, gone);
  EXPECT_EQ(stage.closes[0].code, CloseCode::normal);
  EXPECT_EQ(stage.asked<schema::CloseEndpoint>().size(), 2U);
  EXPECT_EQ(stage.asked<schema::Unsubscribe>().size(), 1U);
  const auto left = stage.heard<signaling::UserLeft>("bob");
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].reason, signaling::Departure::left);
  EXPECT_EQ(stage.find("ada"), nullptr);
}

TEST(People, AReturningWebSocketResumesAndRepeatsTheUnansweredOffer) {
  Stage stage;
  stage.join("ada");
  stage.join("bob");
  stage.publish("bob", {Source::camera});
  stage.offer_to_receive("ada", 3);
  stage.endpoint(stage.participant("ada").receive.endpoint_id, connected);
  stage.subscription("ada", "bob", Source::camera, schema::SubscriptionState::OPEN);
  stage.disconnect("ada");
  ASSERT_EQ(stage.heard<signaling::StateChanged>("bob").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::StateChanged>("bob")[0].state,
            signaling::Presence::reconnecting);
  stage.pass(10 * 60 * ns_per_s);  // media lives: no hurry
  ASSERT_NE(stage.find("ada"), nullptr);

  stage.forget();
  stage.join("ada");
  const auto welcome = stage.heard<signaling::Welcome>("ada");
  ASSERT_EQ(welcome.size(), 1U);
  EXPECT_TRUE(welcome[0].resumed);
  ASSERT_EQ(stage.heard<signaling::ReceiveOffer>("ada").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::ReceiveOffer>("ada")[0].negotiation, 3U);
  ASSERT_EQ(stage.heard<signaling::SubscriptionChanged>("ada").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::SubscriptionChanged>("ada")[0].phase, signaling::Phase::open);
  EXPECT_EQ(stage.heard<signaling::StateChanged>("bob").size(), 1U);
  EXPECT_TRUE(stage.asked<schema::OpenEndpoint>().empty());
  EXPECT_TRUE(stage.asked<schema::Subscribe>().empty());
}

TEST(People, ANewerConnectionReplacesTheOlder) {
  Stage stage;
  const ConnectionId older = stage.join("ada");
  stage.join("bob");
  stage.forget();
  stage.join("ada");
  ASSERT_EQ(stage.closes.size(), 1U);
  EXPECT_EQ(stage.closes[0].connection, older);
  EXPECT_EQ(stage.closes[0].code, CloseCode::replaced);
  // The older one's end is no news.
  stage.conference.on_disconnected(older, stage.now);
  EXPECT_EQ(stage.participant("ada").presence(), signaling::Presence::connected);
  EXPECT_TRUE(stage.heard<signaling::StateChanged>("bob").empty());
}

TEST(People, AClientWithoutItsTransportsGetsNewOnes) {
  Stage stage;
  stage.join("ada");
  stage.publish("ada", {Source::microphone});
  const std::string before = stage.participant("ada").receive.endpoint_id;
  stage.forget();
  stage.join("ada", Role::presenter, {"opus", "VP8"}, /*resume=*/false);
  EXPECT_FALSE(stage.heard<signaling::Welcome>("ada")[0].resumed);
  EXPECT_EQ(stage.asked<schema::CloseEndpoint>().size(), 2U);
  ASSERT_EQ(stage.asked<schema::OpenEndpoint>().size(), 1U);
  EXPECT_NE(stage.participant("ada").receive.endpoint_id, before);
}

struct LossCase {
  const char* name;
  bool media_before;  // a transport was connected when the WebSocket went
  std::optional<schema::EndpointState::Phase> then;  // reported 5 s later
  TimeNs gone_after_ns;                              // counted from the WebSocket's end; 0 = stays
};

class Loss : public testing::TestWithParam<LossCase> {};

TEST_P(Loss, EndsWhenMediaIsGoneToo) {
  const LossCase& c = GetParam();
  Stage stage;
  stage.join("ada");
  stage.join("bob");
  const std::string endpoint = stage.participant("ada").receive.endpoint_id;
  if (c.media_before) stage.endpoint(endpoint, connected);
  stage.disconnect("ada");
  stage.pass(5 * ns_per_s);
  if (c.then) stage.endpoint(endpoint, *c.then);
  if (c.gone_after_ns == 0) {
    stage.pass(3'600 * ns_per_s / 2);
    EXPECT_NE(stage.find("ada"), nullptr);
    return;
  }
  if (c.gone_after_ns > 5 * ns_per_s) {
    stage.pass(c.gone_after_ns - 5 * ns_per_s - 1);
    EXPECT_NE(stage.find("ada"), nullptr);
    stage.pass(1);
  }
  EXPECT_EQ(stage.find("ada"), nullptr);
  const auto left = stage.heard<signaling::UserLeft>("bob");
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].reason, signaling::Departure::lost);
}

INSTANTIATE_TEST_SUITE_P(People, Loss,
                         testing::Values(LossCase{"never_connected", false, {}, 30 * ns_per_s},
                                         LossCase{"consent_ends", true, silent, 5 * ns_per_s},
                                         LossCase{"handshake_fails", true, failed, 5 * ns_per_s},
                                         LossCase{"media_stays", true, {}, 0},
                                         LossCase{"media_comes_meanwhile", false, connected, 0}),
                         [](const auto& loss) { return std::string(loss.param.name); });

TEST(People, AFullRoomTakesNobodyButItsOwn) {
  Policy policy;
  policy.participants_per_meeting_max = 2;
  Stage stage(policy);
  stage.join("ada");
  stage.join("bob");
  EXPECT_TRUE(stage.conference.is_full("meeting"));
  stage.join("eve");
  ASSERT_EQ(stage.heard<signaling::ErrorMessage>("eve").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::ErrorMessage>("eve")[0].code, signaling::ErrorCode::too_many);
  EXPECT_EQ(stage.closes.size(), 1U);
  stage.forget();
  stage.join("ada");
  EXPECT_EQ(stage.heard<signaling::Welcome>("ada").size(), 1U);
}

TEST(People, AnExpiredTokenEndsTheWebSocketUnlessRenewed) {
  Stage stage;
  const ConnectionId ada = stage.join("ada");
  const ConnectionId bob = stage.join("bob");
  stage.pass(3'000 * ns_per_s);
  stage.conference.on_token_renewed(bob, stage.now.unix_ms / 1'000 + 3'600, stage.now);
  stage.pass(661 * ns_per_s);
  ASSERT_EQ(stage.closes.size(), 1U);
  EXPECT_EQ(stage.closes[0].connection, ada);
  EXPECT_EQ(stage.closes[0].code, CloseCode::token_expired);
  EXPECT_EQ(stage.participant("ada").presence(), signaling::Presence::reconnecting);
}

TEST(People, AMeetingIsForgottenSomeTimeAfterTheLastOneLeft) {
  Stage stage;
  stage.join("ada");
  stage.say("ada", signaling::Leave{});
  stage.pass(9 * 60 * ns_per_s);
  EXPECT_TRUE(stage.forgotten.empty());
  stage.join("bob");  // somebody came back in time
  stage.pass(20 * 60 * ns_per_s);
  EXPECT_TRUE(stage.forgotten.empty());
  stage.say("bob", signaling::Leave{});
  stage.pass(10 * 60 * ns_per_s);
  ASSERT_EQ(stage.forgotten.size(), 1U);
  EXPECT_TRUE(stage.conference.rooms().empty());
}

TEST(People, AMeetingNobodyCameToIsForgottenAfterADay) {
  Stage stage;
  stage.pass(23 * 3'600 * ns_per_s);
  EXPECT_TRUE(stage.forgotten.empty());
  stage.pass(3'600 * ns_per_s);
  EXPECT_EQ(stage.forgotten.size(), 1U);
}

TEST(Host, RemovesAPersonAndVoidsTheToken) {
  Stage stage;
  stage.join("ada", Role::host);
  const ConnectionId bob = stage.join("bob");
  stage.publish("bob", {Source::camera});
  stage.forget();
  stage.say("ada", signaling::HostRemove{"bob"});
  ASSERT_EQ(stage.voided.size(), 1U);
  EXPECT_EQ(stage.voided[0].participant_id, "bob");
  ASSERT_EQ(stage.heard<signaling::Removed>("bob").size(), 1U);
  EXPECT_TRUE(stage.heard<signaling::UserLeft>("bob").empty());
  ASSERT_EQ(stage.closes.size(), 1U);
  EXPECT_EQ(stage.closes[0].connection, bob);
  EXPECT_EQ(stage.closes[0].code, CloseCode::removed);
  EXPECT_EQ(stage.asked<schema::CloseEndpoint>().size(), 2U);
  ASSERT_EQ(stage.heard<signaling::UserLeft>("ada").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::UserLeft>("ada")[0].reason, signaling::Departure::removed);
}

TEST(Host, ARemovedPersonWithAnOpenDoorStaysOutside) {
  Stage stage;
  stage.join("ada", Role::host);
  stage.join("bob");
  const ConnectionId second = stage.connect("bob");  // checked at the door before the removal
  stage.say("ada", signaling::HostRemove{"bob"});
  stage.forget();
  stage.conference.on_message(second, signaling::Hello{{"opus"}, true}, stage.now);
  stage.pass(0);
  EXPECT_EQ(stage.find("bob"), nullptr);
  ASSERT_EQ(stage.closes.size(), 1U);
  EXPECT_EQ(stage.closes[0].code, CloseCode::token_expired);
}

TEST(Host, GuestsMayDoNoneOfThis) {
  Stage stage;
  stage.join("ada", Role::host);
  stage.join("bob");
  stage.publish("ada", {Source::microphone});
  stage.forget();
  stage.say("bob", signaling::HostRemove{"ada"});
  stage.say("bob", signaling::HostMute{"ada", Source::microphone});
  const auto errors = stage.heard<signaling::ErrorMessage>("bob");
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].code, signaling::ErrorCode::forbidden);
  EXPECT_EQ(errors[1].code, signaling::ErrorCode::forbidden);
  EXPECT_TRUE(stage.asked<schema::SetTrackMuted>().empty());
  EXPECT_NE(stage.find("ada"), nullptr);
}

TEST(Chat, ReachesEverybodyWithTheTime) {
  Stage stage;
  stage.join("ada");
  stage.join("bob");
  stage.say("ada", signaling::Chat{"hello"});
  for (const char* name : {"ada", "bob"}) {
    const auto said = stage.heard<signaling::ChatSaid>(name);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].text, "hello");
    EXPECT_EQ(said[0].at_unix_ms, stage.now.unix_ms);
  }
}

}  // namespace
}  // namespace sluice::conference
