// Who has said hello but is shown to others with its media only.
#include <gtest/gtest.h>

#include "tests/unit/controlplane/conference/stage.h"

namespace sluice::conference {
namespace {

using signaling::Source;

struct Hidden : testing::Test {
  Hidden() {
    stage.join("ada");
    stage.connect("studio");
    signaling::Hello hello;
    hello.shown_with_media = true;
    stage.say("studio", hello);
    stage.say("studio", signaling::PublishOffer{1, "v=0 offer", {}});
    for (const Source s : {Source::microphone, Source::screen}) stage.track("studio", s);
  }
  void connect() { stage.endpoint(stage.participant("studio").publish.endpoint_id, connected); }
  Stage stage;
};

TEST_F(Hidden, NobodyIsToldOfThemNorSubscribed) {
  stage.say("studio", signaling::Mute{Source::microphone, true});
  stage.track("studio", Source::screen, true);
  stage.join("bob");
  EXPECT_TRUE(stage.asked<schema::Subscribe>().empty());
  ASSERT_EQ(stage.heard<signaling::Welcome>("bob").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::Welcome>("bob")[0].participants.size(), 2U);
  EXPECT_EQ(stage.heard<signaling::Welcome>("studio")[0].participants.size(), 2U);
  stage.say("studio", signaling::Leave{});
  EXPECT_EQ(stage.heard<signaling::UserJoined>("ada").size(), 1U);  // Bob
  EXPECT_TRUE(stage.heard<signaling::TrackChanged>("ada").empty());
  EXPECT_TRUE(stage.heard<signaling::ScreenshareStarted>("ada").empty());
  EXPECT_TRUE(stage.heard<signaling::ScreenshareStopped>("ada").empty());
  EXPECT_TRUE(stage.heard<signaling::MuteChanged>("ada").empty());
  EXPECT_TRUE(stage.heard<signaling::UserLeft>("ada").empty());
}

TEST_F(Hidden, AreShownWithAllTheySendWhenTheirMediaIsUp) {
  connect();
  const auto joined = stage.heard<signaling::UserJoined>("ada");
  ASSERT_EQ(joined.size(), 1U);
  EXPECT_EQ(joined[0].participant.id, "studio");
  EXPECT_EQ(joined[0].participant.tracks.size(), 2U);
  EXPECT_EQ(stage.heard<signaling::ScreenshareStarted>("ada").size(), 1U);
  EXPECT_EQ(stage.asked<schema::Subscribe>().size(), 2U);
  stage.track("studio", Source::camera);
  EXPECT_EQ(stage.heard<signaling::TrackChanged>("ada").size(), 1U);
  EXPECT_EQ(stage.asked<schema::Subscribe>().size(), 3U);
  stage.say("studio", signaling::Leave{});
  EXPECT_EQ(stage.heard<signaling::UserLeft>("ada").size(), 1U);
}

TEST_F(Hidden, PlayersWatchThemWhenTheirMediaIsUp) {
  stage.connect("wall");
  stage.say("wall", signaling::Hello{});
  stage.say("wall", signaling::PlayOffer{1, "v=0 play", {"opus", "VP8"}, ""});
  EXPECT_TRUE(stage.participant("wall").subscriptions.empty());
  connect();
  EXPECT_EQ(stage.participant("wall").subscriptions.size(), 2U);
}

TEST_F(Hidden, PlayersNarrowTheCodecsAndAreShownWithTheirOwnTransport) {
  stage.forget();
  signaling::Hello hello;
  hello.shown_with_media = true;
  stage.connect("wall");
  stage.say("wall", hello);
  stage.say("wall", signaling::PlayOffer{1, "v=0 play", {"opus", "H264"}, ""});
  EXPECT_TRUE(stage.heard<signaling::CodecsChanged>("ada").empty());
  EXPECT_TRUE(stage.heard<signaling::UserJoined>("ada").empty());
  stage.endpoint(stage.participant("wall").receive.endpoint_id, connected);
  EXPECT_EQ(stage.heard<signaling::CodecsChanged>("ada").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::UserJoined>("ada").size(), 1U);
}

TEST_F(Hidden, AreShownInTheMeetingThatTheyWereMovedTo) {
  ASSERT_EQ(stage.move("ada", "other"), MoveOutcome::done);
  stage.forget();
  ASSERT_EQ(stage.move("studio", "other"), MoveOutcome::done);
  EXPECT_TRUE(stage.heard<signaling::UserJoined>("ada").empty());
  connect();
  EXPECT_EQ(stage.heard<signaling::UserJoined>("ada").size(), 1U);
}

TEST_F(Hidden, StayHiddenOverARestartAndCanBeShownAfterIt) {
  Stage after(stage.journal, stage.now);
  after.join("ada");
  EXPECT_EQ(after.heard<signaling::Welcome>("ada")[0].participants.size(), 1U);
  after.endpoint(after.participant("studio").publish.endpoint_id, connected);
  EXPECT_EQ(after.heard<signaling::UserJoined>("ada").size(), 1U);
}

}  // namespace
}  // namespace sluice::conference
