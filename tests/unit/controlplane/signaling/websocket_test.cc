// Whole conversations over real WebSockets; the agent is scripted.
#include <gtest/gtest.h>

#include "tests/unit/controlplane/signaling/person.h"

namespace sluice::signaling {
namespace {

using nlohmann::json;
using Settings = FrontRig::Settings;

// What the server answers to an upgrade.
unsigned upgrade_status(const FrontRig& rig, const std::string& offered,
                        const std::string& target = "/v1/signaling") {
  Call upgrade;
  upgrade.target = target;
  upgrade.headers = {{"Connection", "Upgrade"},
                     {"Upgrade", "websocket"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  if (!offered.empty()) upgrade.headers["Sec-WebSocket-Protocol"] = offered;
  RawConnection connection(rig.port());
  connection.send(request_text(upgrade, rig.host(), /*close=*/false));
  return connection.read_answer().status;
}

TEST(Door, OnlyAValidTokenOfThisMeetingOpensIt) {
  FrontRig rig;
  const Meeting meeting = make_meeting(rig);
  const json joined = join(rig, meeting, "Ada");
  const std::string token = joined["participant_token"];
  const auto status = [&](const std::string& offered) { return upgrade_status(rig, offered); };
  EXPECT_EQ(status("sluice.v1"), 401U);
  EXPECT_EQ(status("sluice.v1, token.x"), 401U);
  EXPECT_EQ(status("sluice.v1, token." + meeting.join_token), 401U);
  EXPECT_EQ(status("sluice.v1, token." + token.substr(1)), 401U);
  EXPECT_EQ(status("token." + token), 400U);
  EXPECT_EQ(status(""), 400U);
  EXPECT_EQ(upgrade_status(rig, protocols(joined), "/elsewhere"), 404U);
  EXPECT_EQ(status(protocols(joined)), 101U);

  WsClient open(rig.port(), {"/v1/signaling", protocols(joined), false});
  EXPECT_TRUE(open.is_open());
  EXPECT_EQ(open.protocol(), "sluice.v1");
}

class Conversation : public testing::TestWithParam<bool> {};

TEST_P(Conversation, TwoPeopleMeet) {
  Settings settings;
  settings.tls = GetParam();
  FrontRig rig(settings);
  const Meeting meeting = make_meeting(rig);
  Person ada(rig, meeting, "Ada", /*host=*/true);
  EXPECT_EQ(ada.welcome["role"], "host");
  EXPECT_EQ(ada.welcome["codecs"], json({"opus", "VP8"}));
  Person bob(rig, meeting, "Bob");
  EXPECT_EQ(bob.welcome["participants"].size(), 2U);
  EXPECT_EQ((*ada.socket.hear("USER_JOINED"))["participant"]["name"], "Bob");

  // Bob receives: Sluice offers, he answers.
  const auto offer = bob.socket.hear("receive_offer");
  ASSERT_TRUE(offer);
  bob.socket.say({{"type", "receive_answer"},
                  {"negotiation", (*offer)["negotiation"]},
                  {"sdp", "v=0"},
                  {"transport_id", (*offer)["transport_id"]}});
  EXPECT_EQ((*bob.socket.hear("TRANSPORT_CHANGED"))["phase"], "connected");

  // Ada publishes: she offers, Sluice answers, and Bob gets a subscription for each source.
  ada.socket.say({{"type", "publish_offer"},
                  {"negotiation", 1},
                  {"sdp", "v=0"},
                  {"sources", {{"0", "microphone"}, {"1", "camera"}}}});
  EXPECT_EQ((*ada.socket.hear("publish_answer"))["negotiation"], 1);
  const auto track = bob.socket.hear("TRACK_CHANGED");
  EXPECT_EQ((*track)["participant_id"], ada.id());
  EXPECT_EQ((*bob.socket.hear("SUBSCRIPTION_CHANGED"))["phase"], "open");

  ada.socket.say({{"type", "chat"}, {"text", "hello"}});
  EXPECT_EQ((*bob.socket.hear("CHAT"))["text"], "hello");
  EXPECT_EQ((*ada.socket.hear("CHAT"))["name"], "Ada");

  ada.socket.say({{"type", "leave"}});
  EXPECT_EQ(ada.socket.close_code(), 1000U);
  const auto left = bob.socket.hear("USER_LEFT");
  EXPECT_EQ((*left)["reason"], "left");
}

INSTANTIATE_TEST_SUITE_P(Plain, Conversation, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Tls, Conversation, testing::Values(true));

TEST(Conversations, ARefusedOfferSaysWhy) {
  FrontRig rig;
  const Meeting meeting = make_meeting(rig);
  Person ada(rig, meeting, "Ada");
  ada.socket.say({{"type", "publish_offer"},
                  {"negotiation", 4},
                  {"sdp", "refuse me"},
                  {"sources", json::object()}});
  const auto refused = ada.socket.hear("refused");
  ASSERT_TRUE(refused);
  EXPECT_EQ((*refused)["negotiation"], 4);
  EXPECT_EQ((*refused)["transport"], "publish");
}

TEST(Conversations, ARemovedPersonIsOutAndTheTokenVoid) {
  FrontRig rig;
  const Meeting meeting = make_meeting(rig);
  Person ada(rig, meeting, "Ada", /*host=*/true);
  Person bob(rig, meeting, "Bob");
  ada.socket.say({{"type", "host_remove"}, {"participant_id", bob.id()}});
  EXPECT_EQ((*bob.socket.hear("REMOVED"))["by"], ada.id());
  EXPECT_EQ(bob.socket.close_code(), 4004U);
  EXPECT_EQ((*ada.socket.hear("USER_LEFT"))["reason"], "removed");
  EXPECT_EQ(upgrade_status(rig, protocols(bob.joined)), 401U);
}

TEST(Conversations, ATokenIsRenewedAndTheNewOneOpens) {
  FrontRig rig;
  const Meeting meeting = make_meeting(rig);
  Person ada(rig, meeting, "Ada");
  ada.socket.say({{"type", "renew_token"}});
  auto token = ada.socket.hear("token");
  ASSERT_TRUE(token);
  EXPECT_NE((*token)["participant_token"], ada.joined["participant_token"]);
  // It names the same person: the newer WebSocket takes the older's place.
  WsClient again(rig.port(), {"/v1/signaling", protocols(*token), false});
  ASSERT_TRUE(again.is_open());
  again.say({{"type", "hello"}, {"version", 1}, {"decode", {"opus", "VP8"}}});
  const auto welcome = again.hear("welcome");
  ASSERT_TRUE(welcome);
  EXPECT_EQ((*welcome)["participant_id"], ada.id());
  EXPECT_EQ((*welcome)["resumed"], true);
  EXPECT_EQ(ada.socket.close_code(), 4002U);
}

TEST(Conversations, WhoJoinsIsToldOfTurnServersAndWhoRenewsATokenToo) {
  Settings settings;
  settings.turn_urls = {"turn:turn.example.org:3478", "turns:turn.example.org:443?transport=tcp"};
  FrontRig rig(settings);
  const Meeting meeting = make_meeting(rig);
  Person ada(rig, meeting, "Ada");
  const auto at_join = ada.joined["ice_servers"];
  ASSERT_EQ(at_join.size(), 1U);
  EXPECT_EQ(at_join[0]["urls"], nlohmann::json(settings.turn_urls));
  const std::string username = at_join[0]["username"];
  EXPECT_EQ(username.substr(username.find(':') + 1), ada.id());
  ada.socket.say({{"type", "renew_token"}});
  const auto token = ada.socket.hear("token");
  ASSERT_TRUE(token);
  EXPECT_EQ((*token)["ice_servers"][0]["urls"], at_join[0]["urls"]);
}

TEST(Conversations, AConnectionThatVanishesIsSeenByTheOthersAndMayResume) {
  FrontRig rig;
  const Meeting meeting = make_meeting(rig);
  Person ada(rig, meeting, "Ada");
  Person bob(rig, meeting, "Bob");
  bob.socket.vanish();
  EXPECT_EQ((*ada.socket.hear("STATE_CHANGED"))["state"], "reconnecting");
  WsClient back(rig.port(), {"/v1/signaling", protocols(bob.joined), false});
  back.say({{"type", "hello"}, {"version", 1}, {"decode", {"opus", "VP8"}}});
  EXPECT_EQ((*back.hear("welcome"))["resumed"], true);
  EXPECT_TRUE(back.hear("receive_offer"));  // was not answered
  EXPECT_EQ((*ada.socket.hear("STATE_CHANGED"))["state"], "connected");
}

TEST(Hostile, WhatDoesNotFitIsAnsweredAndIgnored) {
  FrontRig rig;
  const Meeting meeting = make_meeting(rig);
  Person ada(rig, meeting, "Ada");
  for (const char* text : {"", "hello", "[]", R"({"type":"dance"})", R"({"type":"chat"})",
                           R"({"type":"mute","source":"nose","muted":true})"}) {
    ada.socket.say_text(text);
    const auto error = ada.socket.hear("error");
    ASSERT_TRUE(error) << text;
    EXPECT_EQ((*error)["code"], "bad_request");
  }
  ada.socket.say({{"type", "chat"}, {"text", "still here"}});
  EXPECT_TRUE(ada.socket.hear("CHAT"));
}

TEST(Hostile, BinaryOversizedAndTooMuchEndTheConnection) {
  FrontRig rig;
  const Meeting meeting = make_meeting(rig);
  Person binary(rig, meeting, "A");
  binary.socket.say_binary("\x01\x02");
  EXPECT_EQ(binary.socket.close_code(), 4003U);

  Person oversized(rig, meeting, "B");
  oversized.socket.say_text(std::string(message_bytes_max + 1, 'x'));
  EXPECT_EQ(oversized.socket.close_code(), 1009U);  // RFC 6455 s7.4.1: too big to process

  Person chatty(rig, meeting, "C");
  for (int i = 0; i < 400; ++i) chatty.socket.say({{"type", "renew_token"}});
  EXPECT_EQ(chatty.socket.close_code(), 4003U);

  EXPECT_EQ(rig.refused(Refusal::bad_message), 1U);
  EXPECT_EQ(rig.refused(Refusal::large_message), 1U);
  EXPECT_EQ(rig.refused(Refusal::many_messages), 1U);
}

TEST(Hostile, WhoeverDoesNotReadIsDroppedAndTheOthersTalkOn) {
  Settings settings;
  settings.limits.queued_bytes_max = 256 * 1'024;
  settings.limits.message_burst = 100'000;
  settings.limits.messages_per_s = 100'000;
  FrontRig rig(settings);
  const Meeting meeting = make_meeting(rig);
  Person ada(rig, meeting, "Ada");
  Person sleeper(rig, meeting, "Sleeper");  // never reads again
  const std::string text(4'000, 'x');
  bool dropped = false;
  for (int i = 0; i < 5'000 && !dropped; ++i) {
    ada.socket.say({{"type", "chat"}, {"text", text}});
    for (;;) {
      const auto heard = ada.socket.hear();
      ASSERT_TRUE(heard);
      const json event = heard->value("event", json());
      dropped |= event == "STATE_CHANGED" && (*heard)["state"] == "reconnecting";
      if (event == "CHAT") break;
    }
  }
  EXPECT_TRUE(dropped);
  EXPECT_EQ(rig.refused(Refusal::slow_reader), 1U);
}

TEST(Stopping, SaysGoodbye) {
  FrontRig rig;
  const Meeting meeting = make_meeting(rig);
  Person ada(rig, meeting, "Ada");
  rig.stop_server();
  EXPECT_EQ(ada.socket.close_code(), 1001U);
  // Endpoints live on: nothing told the agent to close them.
  for (const auto& request : rig.agent_requests()) EXPECT_FALSE(request.has_close_endpoint());
  RawConnection late(rig.port());
  EXPECT_FALSE(late.send(request_text({}, rig.host())));
}

}  // namespace
}  // namespace sluice::signaling
