// Publishing, receiving, paging, muting, codecs.
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/controlplane/conference/stage.h"

namespace sluice::conference {
namespace {

using signaling::Phase;
using signaling::Role;
using signaling::Source;
using signaling::Transport;

TEST(Transports, ReceivingOpensAtHelloAndPublishingAtTheFirstOffer) {
  Stage stage;
  stage.join("ada", Role::presenter, {"VP9", "vp8", "OPUS", "telephone-event"});
  auto opened = stage.asked<schema::OpenEndpoint>();
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(opened[0].role(), schema::OpenEndpoint::RECEIVE);
  EXPECT_EQ((std::vector<std::string>(opened[0].codecs().begin(), opened[0].codecs().end())),
            (std::vector<std::string>{"VP9", "VP8", "opus"}));

  stage.forget();
  stage.say("ada", signaling::PublishOffer{1, "sdp", {{"0", Source::camera}}});
  stage.say("ada", signaling::PublishOffer{2, "sdp", {{"0", Source::camera}}});
  opened = stage.asked<schema::OpenEndpoint>();
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(opened[0].role(), schema::OpenEndpoint::PUBLISH);
  const auto described = stage.asked<schema::RemoteDescription>();
  ASSERT_EQ(described.size(), 2U);
  EXPECT_EQ(described[0].type(), "offer");
  EXPECT_EQ(described[0].sources().at("0"), schema::CAMERA);
  EXPECT_EQ(described[1].negotiation(), 2U);
}

TEST(Transports, AnAnswerMustFitTheOfferThatWaits) {
  Stage stage;
  stage.join("ada");
  stage.offer_to_receive("ada", 4);
  const auto offer = stage.heard<signaling::ReceiveOffer>("ada").at(0);
  stage.forget();
  stage.say("ada", signaling::ReceiveAnswer{3, "sdp", ""});
  stage.say("ada", signaling::ReceiveAnswer{4, "sdp", "another"});
  EXPECT_TRUE(stage.asked<schema::RemoteDescription>().empty());
  EXPECT_EQ(stage.heard<signaling::ErrorMessage>("ada").size(), 2U);
  stage.say("ada", signaling::ReceiveAnswer{4, "sdp", offer.transport_id});
  ASSERT_EQ(stage.asked<schema::RemoteDescription>().size(), 1U);
  EXPECT_EQ(stage.asked<schema::RemoteDescription>()[0].type(), "answer");
}

TEST(Transports, ARefusedDescriptionGoesToItsOwner) {
  Stage stage;
  stage.join("ada");
  stage.say("ada", signaling::PublishOffer{7, "sdp", {}});
  schema::AgentReport report;
  report.mutable_description_refused()->set_endpoint_id(
      stage.participant("ada").publish.endpoint_id);
  report.mutable_description_refused()->set_negotiation(7);
  report.mutable_description_refused()->set_reason("m-line 0: no codec in common");
  stage.report(report);
  const auto refused = stage.heard<signaling::Refused>("ada");
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].transport, Transport::publish);
  EXPECT_EQ(refused[0].reason, "m-line 0: no codec in common");
}

TEST(Transports, WhoseTransportMovedIsAskedToOfferAgain) {
  Stage stage;
  stage.join("ada");
  stage.join("bob");
  stage.say("ada", signaling::PublishOffer{7, "sdp", {}});
  stage.forget();
  schema::AgentReport report;
  report.mutable_offer_wanted()->set_endpoint_id(stage.participant("ada").publish.endpoint_id);
  stage.report(report);
  const auto wanted = stage.heard<signaling::IceRestartWanted>("ada");
  ASSERT_EQ(wanted.size(), 1U);
  EXPECT_EQ(wanted[0].transport, Transport::publish);
  EXPECT_TRUE(stage.heard<signaling::IceRestartWanted>("bob").empty());
  // Asked while she was away, she hears it when she is back, until she has offered.
  for (const std::size_t times : {1U, 0U}) {
    stage.disconnect("ada");
    stage.forget();
    stage.join("ada");
    EXPECT_EQ(stage.heard<signaling::IceRestartWanted>("ada").size(), times);
    stage.say("ada", signaling::PublishOffer{8, "sdp", {}});
  }
}

TEST(Transports, AFailedReceiveTransportIsReplacedWhenAsked) {
  Stage stage;
  stage.join("ada");
  stage.join("bob");
  stage.publish("bob", {Source::microphone});
  const std::string before = stage.participant("ada").receive.endpoint_id;
  stage.say("ada", signaling::RestartIce{Transport::receive});
  ASSERT_EQ(stage.asked<schema::RestartIce>().size(), 1U);
  stage.endpoint(before, failed);
  ASSERT_EQ(stage.heard<signaling::TransportChanged>("ada").size(), 1U);
  stage.forget();
  stage.say("ada", signaling::RestartIce{Transport::receive});
  EXPECT_EQ(stage.asked<schema::CloseEndpoint>().at(0).endpoint_id(), before);
  ASSERT_EQ(stage.asked<schema::OpenEndpoint>().size(), 1U);
  const auto subscribed = stage.asked<schema::Subscribe>();
  ASSERT_EQ(subscribed.size(), 1U);
  EXPECT_EQ(subscribed[0].receiver_endpoint_id(), stage.participant("ada").receive.endpoint_id);
}

TEST(Transports, AFailedPublishTransportIsReplacedByTheNextOffer) {
  Stage stage;
  stage.join("ada");
  stage.publish("ada", {Source::camera});
  const std::string before = stage.participant("ada").publish.endpoint_id;
  stage.endpoint(before, failed);
  stage.forget();
  stage.say("ada", signaling::PublishOffer{2, "sdp", {{"0", Source::camera}}});
  EXPECT_EQ(stage.asked<schema::CloseEndpoint>().size(), 1U);
  EXPECT_EQ(stage.asked<schema::OpenEndpoint>().size(), 1U);
  EXPECT_NE(stage.participant("ada").publish.endpoint_id, before);
}

TEST(Subscriptions, EverybodyHearsAndSeesTheOthersUntilAViewSaysOtherwise) {
  Stage stage;
  for (const char* name : {"ada", "bob", "eve"}) {
    stage.join(name);
    stage.publish(name, {Source::microphone, Source::camera});
  }
  // 3 people, 2 others each, 2 sources.
  EXPECT_EQ(stage.asked<schema::Subscribe>().size(), 12U);
  for (const auto& s : stage.asked<schema::Subscribe>()) {
    EXPECT_TRUE(s.pair_id() == "ada" || s.pair_id() == "bob" || s.pair_id() == "eve");
    EXPECT_EQ(s.encoding_cap(), 255U);
  }

  stage.forget();
  stage.say("ada", signaling::View{{{"bob", Source::camera, 1}}});
  ASSERT_EQ(stage.asked<schema::Unsubscribe>().size(), 1U);  // eve's camera; voices stay
  const auto capped = stage.asked<schema::Subscribe>();
  ASSERT_EQ(capped.size(), 1U);
  EXPECT_EQ(capped[0].encoding_cap(), 1U);
  EXPECT_EQ(capped[0].generation(), 2U);
  const auto ended = stage.heard<signaling::SubscriptionChanged>("ada");
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].participant_id, "eve");
  EXPECT_EQ(ended[0].phase, Phase::ended);

  stage.forget();
  stage.say("ada", signaling::View{{{"bob", Source::camera, 1}}});
  EXPECT_TRUE(stage.asked<schema::Subscribe>().empty());  // saying it again changes nothing
}

TEST(Subscriptions, PagingFreesStreamsBeforeItNeedsThem) {
  Stage stage;
  stage.join("ada");
  stage.say("ada", signaling::View{{{"p0", Source::camera, 255}, {"p1", Source::camera, 255}}});
  for (int i = 0; i < 4; ++i) {
    const std::string name = "p" + std::to_string(i);
    stage.join(name, Role::presenter, {});
    stage.publish(name, {Source::camera});
  }
  stage.forget();
  std::vector<std::string> order;
  stage.conference.on_message(
      1, signaling::View{{{"p2", Source::camera, 255}, {"p3", Source::camera, 255}}}, stage.now);
  while (auto output = stage.conference.poll_output()) {
    const auto* request = std::get_if<schema::AgentRequest>(&*output);
    if (request == nullptr) continue;
    if (request->has_unsubscribe()) order.emplace_back("off");
    if (request->has_subscribe()) order.emplace_back("on");
  }
  EXPECT_EQ(order, (std::vector<std::string>{"off", "off", "on", "on"}));
}

TEST(Subscriptions, FurtherCamerasArePairedWithNothing) {
  Stage stage;
  stage.join("ada");
  stage.join("bob");
  stage.publish("bob", {Source::microphone, Source::camera, Source::camera_2, Source::camera_3});
  std::map<std::string, int> pairs;
  for (const auto& s : stage.asked<schema::Subscribe>()) ++pairs[s.pair_id()];
  EXPECT_EQ(pairs,
            (std::map<std::string, int>{{"bob", 2}, {"bob:camera_2", 1}, {"bob:camera_3", 1}}));
  stage.forget();
  stage.say("ada", signaling::View{{{"bob", Source::camera_2, 255}}});
  EXPECT_EQ(stage.asked<schema::Unsubscribe>().size(), 2U);  // the other two; the voice stays
}

TEST(Subscriptions, ScreensArePairedApartFromFaces) {
  Stage stage;
  stage.join("ada");
  stage.join("bob");
  stage.publish("bob", {Source::microphone, Source::screen, Source::screen_audio});
  std::map<std::string, int> pairs;
  for (const auto& s : stage.asked<schema::Subscribe>()) ++pairs[s.pair_id()];
  EXPECT_EQ(pairs, (std::map<std::string, int>{{"bob", 1}, {"bob:screen", 2}}));
  EXPECT_EQ(stage.heard<signaling::ScreenshareStarted>("ada").size(), 1U);
  stage.track("bob", Source::screen, /*ended=*/true);
  EXPECT_EQ(stage.heard<signaling::ScreenshareStopped>("ada").size(), 1U);
  const auto changes = stage.heard<signaling::TrackChanged>("ada");
  EXPECT_TRUE(changes.back().ended);
}

TEST(Subscriptions, AReceiverThatCannotDecodeIsTold) {
  Stage stage;
  stage.join("ada", Role::presenter, {"opus", "VP8"});
  stage.join("bob");
  stage.publish("bob", {Source::camera});
  stage.track("bob", Source::camera, false, "AV1");
  stage.subscription("ada", "bob", Source::camera, schema::SubscriptionState::UNDECODABLE, "AV1");
  const auto changed = stage.heard<signaling::SubscriptionChanged>("ada");
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].phase, Phase::undecodable);
  EXPECT_EQ(changed[0].codec, "AV1");
  EXPECT_EQ(changed[0].participant_id, "bob");
}

TEST(Subscriptions, WhatWasRefusedIsAskedForAgainWhenAStreamBecomesFree) {
  Stage stage;
  stage.join("ada");
  for (const char* name : {"bob", "eve"}) {
    stage.join(name, Role::presenter, {});
    stage.publish(name, {Source::camera});
  }
  stage.subscription("ada", "eve", Source::camera, schema::SubscriptionState::REFUSED);
  stage.forget();
  stage.say("bob", signaling::Leave{});
  const auto again = stage.asked<schema::Subscribe>();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].track_id(), stage.track_id("eve", Source::camera));
  EXPECT_EQ(again[0].generation(), 2U);
}

TEST(Subscriptions, SixtyPeopleComingAndGoingAskForNoOffer) {
  Stage stage;
  stage.join("ada");
  stage.publish("ada", {Source::microphone, Source::camera});
  stage.forget();
  for (int i = 0; i < 60; ++i) {
    const std::string name = "p" + std::to_string(i);
    stage.join(name, Role::presenter, {});
    stage.publish(name, {Source::microphone, Source::camera});
    if (i % 2 == 1) stage.say("p" + std::to_string(i - 1), signaling::Leave{});
  }
  const std::string own = stage.participant("ada").receive.endpoint_id;
  std::set<std::string> live;
  for (const auto& s : stage.asked<schema::Subscribe>()) {
    if (s.receiver_endpoint_id() == own) live.insert(s.subscription_id());
  }
  EXPECT_EQ(live.size(), 120U);
  for (const auto& u : stage.asked<schema::Unsubscribe>()) live.erase(u.subscription_id());
  EXPECT_EQ(live.size(), 60U);
  // Nothing but table changes for her: her transport is neither opened anew nor restarted.
  for (const auto& open : stage.asked<schema::OpenEndpoint>()) EXPECT_NE(open.endpoint_id(), own);
  EXPECT_TRUE(stage.asked<schema::RestartIce>().empty());
}

TEST(Mute, OneselfIsSaidToAllAndKeptForLaterTracks) {
  Stage stage;
  stage.join("ada");
  stage.join("bob");
  stage.say("ada", signaling::Mute{Source::microphone, true});
  stage.say("ada", signaling::Mute{Source::microphone, true});
  ASSERT_EQ(stage.heard<signaling::MuteChanged>("bob").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::MuteChanged>("bob")[0].by, "ada");
  EXPECT_EQ(stage.heard<signaling::MuteChanged>("ada").size(), 1U);
  stage.publish("ada", {Source::microphone});
  EXPECT_TRUE(stage.heard<signaling::TrackChanged>("bob").at(0).track.muted);
  EXPECT_TRUE(stage.asked<schema::SetTrackMuted>().empty());  // the client's own business
}

TEST(Mute, ByTheHostStopsMediaUntilThePersonUnmutes) {
  Stage stage;
  stage.join("ada", Role::host);
  stage.join("bob");
  stage.publish("bob", {Source::microphone});
  stage.say("ada", signaling::HostMute{"bob", Source::microphone});
  auto asked = stage.asked<schema::SetTrackMuted>();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_TRUE(asked[0].muted());
  EXPECT_EQ(asked[0].track_id(), stage.track_id("bob", Source::microphone));
  EXPECT_EQ(stage.heard<signaling::MuteChanged>("bob").at(0).by, "ada");

  // A track that comes back is still muted.
  stage.track("bob", Source::microphone, /*ended=*/true);
  stage.track("bob", Source::microphone);
  asked = stage.asked<schema::SetTrackMuted>();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_TRUE(asked[1].muted());
  EXPECT_GT(asked[1].generation(), asked[0].generation());

  stage.say("bob", signaling::Mute{Source::microphone, false});
  asked = stage.asked<schema::SetTrackMuted>();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_FALSE(asked[2].muted());
  EXPECT_GT(asked[2].generation(), asked[1].generation());
  EXPECT_FALSE(stage.heard<signaling::MuteChanged>("ada").back().muted);
}

TEST(Mute, NobodyAndNothingCannotBeMuted) {
  Stage stage;
  stage.join("ada", Role::host);
  stage.join("bob");
  stage.say("ada", signaling::HostMute{"nobody", Source::microphone});
  stage.say("ada", signaling::HostMute{"bob", Source::screen});
  const auto errors = stage.heard<signaling::ErrorMessage>("ada");
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].code, signaling::ErrorCode::not_found);
  EXPECT_EQ(errors[1].code, signaling::ErrorCode::not_found);
}

TEST(Codecs, TheRoomSpeaksWhatAllMembersDecode) {
  Stage stage;
  stage.join("ada", Role::presenter, {"AV1", "VP9", "VP8", "opus"});
  EXPECT_EQ(stage.heard<signaling::Welcome>("ada")[0].codecs,
            (CodecNames{"opus", "VP8", "VP9", "AV1"}));
  stage.join("bob", Role::presenter, {"VP9", "opus", "H264"});
  EXPECT_EQ(stage.heard<signaling::Welcome>("bob")[0].codecs, (CodecNames{"opus", "VP9"}));
  ASSERT_EQ(stage.heard<signaling::CodecsChanged>("ada").size(), 1U);
  EXPECT_EQ(stage.heard<signaling::CodecsChanged>("ada")[0].codecs, (CodecNames{"opus", "VP9"}));

  // A publisher's transport learns of it with its next offer, not before.
  stage.say("ada", signaling::PublishOffer{1, "sdp", {}});
  stage.say("bob", signaling::Leave{});
  EXPECT_EQ(stage.heard<signaling::CodecsChanged>("ada").size(), 2U);
  stage.forget();
  stage.say("ada", signaling::PublishOffer{2, "sdp", {}});
  const auto opened = stage.asked<schema::OpenEndpoint>();
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(opened[0].generation(), 2U);
  EXPECT_EQ(opened[0].allowed_codecs().size(), 4);
}

TEST(Codecs, WhereNothingIsInCommonThePolicyStands) {
  Stage stage;
  stage.join("ada", Role::presenter, {"opus", "VP8"});
  stage.join("bob", Role::presenter, {"opus", "H264"});
  EXPECT_EQ(stage.heard<signaling::Welcome>("bob")[0].codecs,
            (CodecNames{"opus", "VP8", "VP9", "AV1"}));
}

TEST(Speaking, IsSaidAtOnceThenSeldomAndNeverStale) {
  Stage stage;
  stage.join("ada");
  stage.join("bob");
  stage.publish("ada", {Source::microphone});
  stage.level("ada", true, 20);
  EXPECT_EQ(stage.heard<signaling::Speaking>("bob").size(), 1U);
  for (uint32_t i = 0; i < 20; ++i) stage.level("ada", true, 21 + i);
  stage.level("ada", false, 127);
  EXPECT_EQ(stage.heard<signaling::Speaking>("bob").size(), 1U);
  stage.pass(ns_per_s);
  const auto said = stage.heard<signaling::Speaking>("bob");
  ASSERT_EQ(said.size(), 2U);
  EXPECT_FALSE(said[1].speaking);
  EXPECT_EQ(said[1].level, 127U);
}

// Feedback asked of the last of `people` who come.
schema::OpenEndpoint::Feedback asked_of_the_last(const Policy& policy, int people) {
  Stage stage(policy);
  for (int i = 0; i < people; ++i) stage.join("p" + std::to_string(i));
  return stage.asked<schema::OpenEndpoint>().back().feedback();
}

TEST(Feedback, IsTransportWideUpToAnAudience) {
  Policy policy;
  policy.transport_wide_audience_max = 3;
  EXPECT_EQ(asked_of_the_last(policy, 3), schema::OpenEndpoint::TRANSPORT_WIDE);
  EXPECT_EQ(asked_of_the_last(policy, 4), schema::OpenEndpoint::REPORTS);
}

TEST(Feedback, IsWhatThePolicySaysWhateverTheAudience) {
  Policy policy;
  policy.transport_wide_audience_max = 1;
  policy.receiver_feedback = ReceiverFeedback::transport_wide;
  EXPECT_EQ(asked_of_the_last(policy, 3), schema::OpenEndpoint::TRANSPORT_WIDE);
  policy.transport_wide_audience_max = 100;
  policy.receiver_feedback = ReceiverFeedback::reports;
  EXPECT_EQ(asked_of_the_last(policy, 1), schema::OpenEndpoint::REPORTS);
}

TEST(Reports, AboutWhatIsGoneAreNoNews) {
  Stage stage;
  stage.join("ada");
  stage.publish("ada", {Source::microphone});
  const std::string endpoint = stage.participant("ada").publish.endpoint_id;
  const std::string track = stage.track_id("ada", Source::microphone);
  stage.say("ada", signaling::Leave{});
  stage.forget();
  stage.endpoint(endpoint, failed);
  schema::AgentReport level;
  level.mutable_speaker_level()->set_track_id(track);
  stage.report(level);
  schema::AgentReport subscription;
  subscription.mutable_subscription_state()->set_subscription_id("id1/1");
  stage.report(subscription);
  stage.report({});
  EXPECT_TRUE(stage.asked<schema::CloseEndpoint>().empty());
}

}  // namespace
}  // namespace sluice::conference
