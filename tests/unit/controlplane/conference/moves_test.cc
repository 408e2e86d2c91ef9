// Who changes rooms or roles, and what the others see of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/controlplane/conference/stage.h"

namespace sluice::conference {
namespace {

using signaling::Departure;
using signaling::Role;
using signaling::Source;

struct Moves : testing::Test {
  Moves() {
    for (const char* name : {"ada", "bob"}) {
      stage.join(name);
      stage.publish(name, {Source::microphone, Source::camera});
      stage.endpoint(stage.participant(name).receive.endpoint_id, connected);
    }
    EXPECT_EQ(stage.move("bob", "breakout"), MoveOutcome::done);
    stage.forget();
  }
  std::set<std::string> watched(const std::string& name) const {
    std::set<std::string> tracks;
    for (const auto& [key, s] : stage.participant(name).subscriptions) tracks.insert(s.track_id);
    return tracks;
  }
  std::set<std::string> face(const std::string& name) const {
    return {stage.track_id(name, Source::microphone), stage.track_id(name, Source::camera)};
  }
  Stage stage;
};

TEST_F(Moves, SwitchSubscriptionsAndNegotiateNothing) {
  EXPECT_TRUE(watched("ada").empty());
  EXPECT_TRUE(watched("bob").empty());
  const std::string publish = stage.participant("ada").publish.endpoint_id;
  ASSERT_EQ(stage.move("ada", "breakout"), MoveOutcome::done);
  EXPECT_EQ(watched("ada"), face("bob"));
  EXPECT_EQ(watched("bob"), face("ada"));
  EXPECT_EQ(stage.participant("ada").publish.endpoint_id, publish);
  EXPECT_TRUE(stage.asked<schema::OpenEndpoint>().empty());
  EXPECT_TRUE(stage.asked<schema::CloseEndpoint>().empty());
  EXPECT_TRUE(stage.asked<schema::RemoteDescription>().empty());
  EXPECT_EQ(stage.asked<schema::Subscribe>().size(), 4U);
  std::set<std::string> ids;
  for (const auto& s : stage.asked<schema::Subscribe>()) ids.insert(s.subscription_id());
  EXPECT_EQ(ids.size(), 4U);
}

TEST_F(Moves, AreTold) {
  stage.move("ada", "breakout");
  const auto welcome = stage.heard<signaling::Welcome>("ada");
  ASSERT_EQ(welcome.size(), 1U);
  EXPECT_EQ(welcome[0].meeting_id, "breakout");
  EXPECT_TRUE(welcome[0].resumed);
  EXPECT_EQ(welcome[0].participants.size(), 2U);
  ASSERT_EQ(stage.reissued.size(), 1U);
  EXPECT_EQ(stage.reissued[0].meeting_id, "breakout");
  const auto joined = stage.heard<signaling::UserJoined>("bob");
  ASSERT_EQ(joined.size(), 1U);
  EXPECT_EQ(joined[0].participant.tracks.size(), 2U);
  stage.forget();
  stage.move("bob", "meeting");
  ASSERT_EQ(stage.heard<signaling::UserLeft>("ada").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::UserLeft>("ada")[0].reason, Departure::moved);
  EXPECT_TRUE(stage.heard<signaling::UserLeft>("bob").empty());
  EXPECT_TRUE(watched("ada").empty());
}

TEST_F(Moves, LaterMessagesAndReportsFindTheNewRoom) {
  stage.move("ada", "breakout");
  stage.forget();
  stage.say("bob", signaling::Chat{"here?"});
  EXPECT_EQ(stage.heard<signaling::ChatSaid>("ada").size(), 1U);
  stage.track("bob", Source::screen);
  EXPECT_EQ(watched("ada").size(), 3U);
  stage.endpoint(stage.participant("bob").publish.endpoint_id, failed);
  EXPECT_EQ(stage.heard<signaling::TransportChanged>("bob").size(), 1U);
  stage.say("bob", signaling::Leave{});
  EXPECT_EQ(stage.heard<signaling::UserLeft>("ada").size(), 1U);
  EXPECT_EQ(stage.find("bob"), nullptr);
}

// Its token may still name the meeting where it was let in.
TEST_F(Moves, WhoComesBackOnAnotherConnectionIsWhereItWasMovedTo) {
  stage.disconnect("bob");
  stage.forget();
  stage.join("bob");
  const auto welcome = stage.heard<signaling::Welcome>("bob");
  ASSERT_EQ(welcome.size(), 1U);
  EXPECT_EQ(welcome[0].meeting_id, "breakout");
  EXPECT_TRUE(welcome[0].resumed);
  EXPECT_EQ(stage.move("bob", "meeting"), MoveOutcome::done);
  EXPECT_EQ(watched("ada"), face("bob"));
  EXPECT_EQ(stage.conference.current_meeting("meeting", "bob"), "meeting");
}

TEST_F(Moves, OutliveARestart) {
  stage.change_role("bob", Role::attendee);
  Stage after(stage.journal, stage.now);
  EXPECT_EQ(after.conference.current_meeting("meeting", "bob"), "breakout");
  ASSERT_NE(after.find("bob"), nullptr);
  after.join("bob");
  EXPECT_EQ(after.heard<signaling::Welcome>("bob")[0].meeting_id, "breakout");
  EXPECT_EQ(after.heard<signaling::Welcome>("bob")[0].role, Role::attendee);
}

TEST_F(Moves, FindNobodyAndNoRoomForMore) {
  Move wish{"meeting", "nobody", {}, Role::host};
  EXPECT_EQ(stage.conference.move(wish, stage.now), MoveOutcome::nobody);
  wish.meeting_id = "elsewhere";
  EXPECT_EQ(stage.conference.move(wish, stage.now), MoveOutcome::nobody);
  Policy policy;
  policy.participants_per_meeting_max = 1;
  Stage small(policy);
  small.join("ada");
  EXPECT_EQ(small.move("ada", "breakout"), MoveOutcome::done);
  small.join("bob");
  EXPECT_EQ(small.move("bob", "breakout"), MoveOutcome::full);
  EXPECT_EQ(small.conference.current_meeting("meeting", "bob"), "meeting");
}

TEST_F(Moves, AnEmptyRoomIsForgottenInTime) {
  stage.move("ada", "breakout");
  stage.forget();
  stage.pass(60 * 60 * ns_per_s);
  ASSERT_EQ(stage.forgotten.size(), 1U);
  EXPECT_EQ(stage.forgotten[0].meeting_id, "meeting");
  EXPECT_NE(stage.conference.find("breakout", "ada"), nullptr);
}

TEST(Roles, AnAttendeeSendsNothingUntilItIsAPresenter) {
  Stage stage;
  stage.join("ada");
  stage.join("eve", Role::attendee);
  stage.say("eve", signaling::PublishOffer{1, "v=0", {{"0", Source::camera}}});
  ASSERT_EQ(stage.heard<signaling::ErrorMessage>("eve").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::ErrorMessage>("eve")[0].code, signaling::ErrorCode::forbidden);
  EXPECT_TRUE(stage.asked<schema::RemoteDescription>().empty());
  const std::string receive = stage.participant("eve").receive.endpoint_id;
  stage.forget();
  EXPECT_EQ(stage.change_role("eve", Role::presenter), MoveOutcome::done);
  for (const char* name : {"ada", "eve"}) {
    const auto changed = stage.heard<signaling::RoleChanged>(name);
    ASSERT_EQ(changed.size(), 1U) << name;
    EXPECT_EQ(changed[0].participant_id, "eve");
    EXPECT_EQ(changed[0].role, Role::presenter);
  }
  ASSERT_EQ(stage.reissued.size(), 1U);
  EXPECT_EQ(stage.reissued[0].role, Role::presenter);
  stage.publish("eve", {Source::camera});
  EXPECT_EQ(stage.participant("ada").subscriptions.size(), 1U);
  EXPECT_EQ(stage.participant("eve").receive.endpoint_id, receive);
  EXPECT_TRUE(stage.asked<schema::CloseEndpoint>().empty());
}

TEST(Roles, APresenterWhoBecomesAnAttendeeStopsSendingWhateverItsTokenSays) {
  Stage stage;
  stage.join("ada");
  stage.join("bob");
  stage.publish("bob", {Source::microphone, Source::camera});
  stage.forget();
  stage.change_role("bob", Role::attendee);
  EXPECT_TRUE(stage.participant("ada").subscriptions.empty());
  EXPECT_EQ(stage.heard<signaling::TrackChanged>("ada").size(), 2U);
  EXPECT_EQ(stage.asked<schema::CloseEndpoint>().size(), 1U);
  stage.disconnect("bob");
  stage.join("bob", Role::presenter);
  EXPECT_EQ(stage.heard<signaling::Welcome>("bob").back().role, Role::attendee);
}

}  // namespace
}  // namespace sluice::conference
