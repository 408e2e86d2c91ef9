// A conference that was killed, and the next one with the same journal.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/controlplane/conference/stage.h"

namespace sluice::conference {
namespace {

using signaling::Role;
using signaling::Source;

// Ada (host) and Bob, both sending, seeing each other, connected.
void play(Stage& stage) {
  stage.join("ada", Role::host, {"opus", "VP8", "VP9"});
  stage.join("bob", Role::presenter, {"opus", "VP8"});
  for (const char* name : {"ada", "bob"}) {
    stage.publish(name, {Source::microphone, Source::camera});
    stage.track(name, Source::camera, false, "VP8", 42);
    stage.endpoint(stage.participant(name).receive.endpoint_id, connected);
  }
}

// What the agent answers when asked for what stands.
void all_stands(Stage& stage) {
  for (const auto& open : stage.asked<schema::OpenEndpoint>()) {
    stage.endpoint(open.endpoint_id(), connected);
  }
}

TEST(Restore, TheAgentIsAskedForAllThatStoodAndForNothingElse) {
  Stage before;
  play(before);
  before.forget();
  Stage after(before.journal, before.now);
  const auto opens = after.asked<schema::OpenEndpoint>();
  ASSERT_EQ(opens.size(), 4U);
  for (const auto& open : opens) EXPECT_TRUE(open.restore());
  for (const char* name : {"ada", "bob"}) {
    const Participant &was = before.participant(name), &is = after.participant(name);
    EXPECT_EQ(is.publish.endpoint_id, was.publish.endpoint_id);
    EXPECT_EQ(is.receive.endpoint_id, was.receive.endpoint_id);
    EXPECT_GT(is.publish.generation, was.publish.generation);
    EXPECT_EQ(is.decode, was.decode);
    EXPECT_EQ(is.is_host(), was.is_host());
    EXPECT_EQ(is.source(Source::camera).track->csrc, 42U);
  }
  const auto wishes = after.asked<schema::Subscribe>();
  ASSERT_EQ(wishes.size(), 4U);
  for (const auto& wish : wishes) {
    EXPECT_TRUE(wish.receiver_endpoint_id() == after.participant("ada").receive.endpoint_id ||
                wish.receiver_endpoint_id() == after.participant("bob").receive.endpoint_id);
  }
  EXPECT_TRUE(after.asked<schema::CloseEndpoint>().empty());
  EXPECT_EQ(after.asked<schema::EndOfRestore>().size(), 1U);
}

TEST(Restore, RestoringTwiceGivesTheSameJournal) {
  Stage before;
  play(before);
  before.say("bob", signaling::View{{{"ada", Source::camera, 1}}});
  before.say("bob", signaling::Mute{Source::microphone, true});
  Stage once(before.journal, before.now);
  Stage twice(once.journal, once.now);
  ASSERT_EQ(once.journal.size(), 3U);
  for (const auto& [key, record] : once.journal) {
    EXPECT_EQ(record.SerializeAsString(), twice.journal.at(key).SerializeAsString()) << key;
    EXPECT_EQ(record.SerializeAsString(), before.journal.at(key).SerializeAsString()) << key;
  }
}

TEST(Restore, WhoComesBackInTimeStays) {
  Stage before;
  play(before);
  Stage after(before.journal, before.now);
  all_stands(after);
  after.pass(5 * ns_per_s);
  after.forget();
  after.join("ada", Role::host, {"opus", "VP8", "VP9"});
  const auto welcome = after.heard<signaling::Welcome>("ada");
  ASSERT_EQ(welcome.size(), 1U);
  EXPECT_TRUE(welcome[0].resumed);
  EXPECT_EQ(welcome[0].meeting_name, "Weekly");
  ASSERT_EQ(welcome[0].participants.size(), 2U);
  EXPECT_EQ(welcome[0].participants[1].tracks.size(), 2U);
  EXPECT_TRUE(after.asked<schema::OpenEndpoint>().empty());
  EXPECT_TRUE(after.asked<schema::CloseEndpoint>().empty());
  after.join("bob");
  after.pass(60 * ns_per_s);
  EXPECT_NE(after.find("ada"), nullptr);
  EXPECT_NE(after.find("bob"), nullptr);
}

// With or without media: a client that lives has a WebSocket again by then.
TEST(Restore, WhoDoesNotComeBackIsLostAfterThirtySeconds) {
  Stage before;
  play(before);
  Stage after(before.journal, before.now);
  all_stands(after);
  after.join("ada", Role::host, {"opus", "VP8", "VP9"});
  after.pass(29 * ns_per_s);
  EXPECT_NE(after.find("bob"), nullptr);
  after.pass(2 * ns_per_s);
  EXPECT_EQ(after.find("bob"), nullptr);
  ASSERT_EQ(after.heard<signaling::UserLeft>("ada").size(), 1U);
  EXPECT_EQ(after.asked<schema::CloseEndpoint>().size(), 2U);
  EXPECT_EQ(after.journal.count("participant/meeting/bob"), 0U);
}

TEST(Restore, MutesAndViewsAndVoidTokensAreKept) {
  Stage before;
  play(before);
  before.join("eve");
  before.say("ada", signaling::HostMute{"bob", Source::microphone});
  before.say("ada", signaling::HostRemove{"eve"});
  before.say("ada", signaling::View{{}});
  Stage after(before.journal, before.now);
  EXPECT_TRUE(after.participant("bob").source(Source::microphone).host_muted);
  EXPECT_EQ(after.find("eve"), nullptr);
  // Ada looks at nobody: of her wishes only the voice is left.
  for (const auto& wish : after.asked<schema::Subscribe>()) {
    if (wish.receiver_endpoint_id() != after.participant("ada").receive.endpoint_id) continue;
    EXPECT_EQ(wish.track_id(), after.track_id("bob", Source::microphone));
  }
  after.join("eve");
  ASSERT_FALSE(after.closes.empty());
  EXPECT_EQ(after.closes.back().code, signaling::CloseCode::token_expired);
}

TEST(Restore, ATransportThatDidNotOutliveItIsReplaced) {
  Stage before;
  play(before);
  Stage after(before.journal, before.now);
  const std::string publish = after.participant("ada").publish.endpoint_id;
  const std::string receive = after.participant("ada").receive.endpoint_id;
  after.endpoint(publish, failed);
  after.endpoint(receive, connected);
  after.join("ada", Role::host, {"opus", "VP8", "VP9"});
  EXPECT_TRUE(after.heard<signaling::Welcome>("ada")[0].resumed);
  const auto told = after.heard<signaling::TransportChanged>("ada");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].transport, signaling::Transport::publish);
  EXPECT_EQ(told[0].phase, signaling::TransportPhase::failed);

  Stage neither(before.journal, before.now);
  neither.endpoint(publish, failed);
  neither.endpoint(receive, failed);
  neither.forget();
  neither.join("ada", Role::host, {"opus", "VP8", "VP9"});
  EXPECT_FALSE(neither.heard<signaling::Welcome>("ada")[0].resumed);
  EXPECT_TRUE(neither.heard<signaling::TransportChanged>("ada").empty());
  const auto opens = neither.asked<schema::OpenEndpoint>();
  ASSERT_EQ(opens.size(), 1U);
  EXPECT_FALSE(opens[0].restore());
}

TEST(Restore, ANewcomerIsFedToThoseWhoAreNotBackYet) {
  Stage before;
  play(before);
  Stage after(before.journal, before.now);
  all_stands(after);
  after.join("cleo");
  after.forget();
  after.publish("cleo", {Source::camera});
  const auto wishes = after.asked<schema::Subscribe>();
  ASSERT_EQ(wishes.size(), 2U);
  for (const auto& wish : wishes) {
    EXPECT_EQ(wish.track_id(), after.track_id("cleo", Source::camera));
  }
}

TEST(Restore, AMeetingThatIsOverIsNotWrittenDown) {
  Stage stage;
  EXPECT_EQ(stage.journal.count("room/meeting"), 1U);
  stage.join("ada");
  EXPECT_EQ(stage.journal.count("participant/meeting/ada"), 1U);
  stage.say("ada", signaling::Leave{});
  EXPECT_EQ(stage.journal.count("participant/meeting/ada"), 0U);
  Stage empty(stage.journal, stage.now);
  empty.pass(11 * 60 * ns_per_s);
  EXPECT_EQ(empty.forgotten.size(), 1U);
  EXPECT_TRUE(empty.journal.empty());
}

}  // namespace
}  // namespace sluice::conference
