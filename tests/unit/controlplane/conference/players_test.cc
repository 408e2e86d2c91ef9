// Whom a player watches, and to whom it is switched.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/controlplane/conference/stage.h"

namespace sluice::conference {
namespace {

using signaling::Source;

struct Players : testing::Test {
  void play(const std::string& name, const std::string& wanted = "") {
    stage.connect(name);
    stage.say(name, signaling::Hello{});
    stage.say(name, signaling::PlayOffer{1, "v=0 play", {"opus", "VP8"}, wanted});
  }
  // What the player is fed now: track ids.
  std::set<std::string> watched(const std::string& name) const {
    std::set<std::string> tracks;
    for (const auto& [key, s] : stage.participant(name).subscriptions) tracks.insert(s.track_id);
    return tracks;
  }
  std::set<std::string> tracks(const std::string& name, const std::set<Source>& sources) const {
    std::set<std::string> ids;
    for (const Source s : sources) ids.insert(stage.track_id(name, s));
    return ids;
  }
  const std::set<Source> face{Source::microphone, Source::camera};
  Stage stage;
};

TEST_F(Players, OfferAndAreAnsweredOnATransportOfTheirOwn) {
  play("wall");
  const auto opened = stage.asked<schema::OpenEndpoint>();
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(opened[0].role(), schema::OpenEndpoint::PLAY);
  const auto described = stage.asked<schema::RemoteDescription>();
  ASSERT_EQ(described.size(), 1U);
  EXPECT_EQ(described[0].type(), "offer");
  EXPECT_EQ(described[0].endpoint_id(), opened[0].endpoint_id());
  schema::AgentReport report;
  report.mutable_local_description()->set_endpoint_id(opened[0].endpoint_id());
  report.mutable_local_description()->set_negotiation(1);
  report.mutable_local_description()->set_type("answer");
  report.mutable_local_description()->set_sdp("v=0 answer");
  stage.report(report);
  ASSERT_EQ(stage.heard<signaling::PublishAnswer>("wall").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::PublishAnswer>("wall")[0].sdp, "v=0 answer");
  // A restart is another offer on the same transport.
  stage.say("wall", signaling::PlayOffer{2, "v=0 again", {}, ""});
  EXPECT_EQ(stage.asked<schema::OpenEndpoint>().size(), 1U);
  EXPECT_EQ(stage.asked<schema::RemoteDescription>()[1].endpoint_id(), opened[0].endpoint_id());
}

TEST_F(Players, WatchTheFirstPublisherAndOnlyThatOne) {
  stage.join("zoe");
  stage.publish("zoe", {Source::microphone, Source::camera});
  stage.join("ada");
  stage.publish("ada", {Source::microphone, Source::camera});
  play("wall");
  EXPECT_EQ(watched("wall"), tracks("zoe", face));
  stage.say("zoe", signaling::Leave{});
  EXPECT_EQ(watched("wall"), tracks("ada", face));
  stage.say("ada", signaling::Leave{});
  EXPECT_TRUE(watched("wall").empty());
}

TEST_F(Players, WaitForSomebodyToPublish) {
  stage.join("ada");
  play("wall");
  EXPECT_TRUE(watched("wall").empty());
  stage.publish("ada", {Source::microphone, Source::camera});
  EXPECT_EQ(watched("wall"), tracks("ada", face));
}

TEST_F(Players, PreferWhoSendsVideo) {
  stage.join("ada");
  stage.publish("ada", {Source::microphone});
  play("wall");
  EXPECT_EQ(watched("wall"), tracks("ada", {Source::microphone}));
  stage.join("bea");
  stage.publish("bea", {Source::microphone, Source::camera});
  EXPECT_EQ(watched("wall"), tracks("bea", face));
  stage.track("bea", Source::camera, true);
  EXPECT_EQ(watched("wall"), tracks("ada", {Source::microphone}));
}

TEST_F(Players, SeeTheScreenOfWhoHasNoCamera) {
  stage.join("ada");
  stage.publish("ada", {Source::screen, Source::screen_audio});
  play("wall");
  EXPECT_EQ(watched("wall"), tracks("ada", {Source::screen, Source::screen_audio}));
  // A face comes before a screen, a voice before its sound.
  stage.track("ada", Source::camera);
  EXPECT_EQ(watched("wall"), tracks("ada", {Source::camera, Source::screen_audio}));
}

TEST_F(Players, WatchWhomTheyAskedForWhileThatOnePublishes) {
  stage.join("ada");
  stage.publish("ada", {Source::microphone, Source::camera});
  play("wall", "bea");
  EXPECT_EQ(watched("wall"), tracks("ada", face));
  stage.join("bea");
  stage.publish("bea", {Source::microphone, Source::camera});
  EXPECT_EQ(watched("wall"), tracks("bea", face));
  stage.say("bea", signaling::Leave{});
  EXPECT_EQ(watched("wall"), tracks("ada", face));
}

TEST_F(Players, FreeAStreamBeforeTheyNeedIt) {
  stage.join("ada");
  stage.publish("ada", {Source::microphone});
  play("wall");
  stage.join("bea");
  stage.publish("bea", {Source::microphone});
  stage.forget();
  stage.track("bea", Source::camera);
  const auto begun = stage.asked<schema::Subscribe>();
  const std::string& wall = stage.participant("wall").receive.endpoint_id;
  EXPECT_EQ(std::count_if(begun.begin(), begun.end(),
                          [&](const auto& s) { return s.receiver_endpoint_id() == wall; }),
            2);
  EXPECT_EQ(stage.asked<schema::Unsubscribe>().size(), 1U);
}

TEST_F(Players, GoOnAfterARestartWithWhomTheyWatched) {
  stage.join("zoe");
  stage.publish("zoe", {Source::microphone, Source::camera});
  stage.join("ada");
  stage.publish("ada", {Source::microphone, Source::camera});
  play("wall");
  play("screen", "ada");
  Stage after(stage.journal, stage.now);
  const auto wishes = after.asked<schema::Subscribe>();
  const auto watches = [&](const char* player, const char* publisher, Source source) {
    const std::string& receiver = after.participant(player).receive.endpoint_id;
    return std::count_if(wishes.begin(), wishes.end(), [&](const schema::Subscribe& wish) {
      return wish.receiver_endpoint_id() == receiver &&
             wish.track_id() == after.track_id(publisher, source);
    });
  };
  for (const Source s : face) {
    EXPECT_EQ(watches("wall", "zoe", s), 1);
    EXPECT_EQ(watches("wall", "ada", s), 0);
    EXPECT_EQ(watches("screen", "ada", s), 1);
    EXPECT_EQ(watches("screen", "zoe", s), 0);
  }
  for (const auto& open : after.asked<schema::OpenEndpoint>()) {
    const bool is_player = open.endpoint_id() == after.participant("wall").receive.endpoint_id ||
                           open.endpoint_id() == after.participant("screen").receive.endpoint_id;
    EXPECT_EQ(open.role() == schema::OpenEndpoint::PLAY, is_player);
  }
}

TEST_F(Players, NarrowTheRoomsCodecsToWhatTheyDecode) {
  stage.meeting.codecs = {"opus", "AV1", "VP8"};
  stage.join("ada", signaling::Role::presenter, {"opus", "AV1", "VP8"});
  play("wall");
  ASSERT_EQ(stage.heard<signaling::CodecsChanged>("ada").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::CodecsChanged>("ada")[0].codecs,
            (std::vector<std::string>{"opus", "VP8"}));
}

}  // namespace
}  // namespace sluice::conference
