// WHIP over the real server: what is asked right, what is asked wrong; the agent is scripted.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/unit/controlplane/signaling/person.h"

namespace sluice::signaling {
namespace {

using Settings = FrontRig::Settings;

const std::string fragment_type = "application/trickle-ice-sdpfrag";
const std::string client_pwd = "aPasswordOfTheClient12345";

// As GStreamer's whipclientsink or OBS would offer; `wish` is an order to the scripted agent.
std::string offer_text(const std::string& wish = "obey") {
  return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=" + wish +
         "\r\nt=0 0\r\na=group:BUNDLE audio0 video1\r\n"
         "m=audio 9 UDP/TLS/RTP/SAVPF 97\r\na=mid:audio0\r\na=sendonly\r\na=rtcp-mux\r\n"
         "a=ice-ufrag:client\r\na=ice-pwd:" +
         client_pwd +
         "\r\na=rtpmap:97 OPUS/48000/2\r\n"
         "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:video1\r\na=sendonly\r\na=rtcp-mux\r\n"
         "a=ice-ufrag:client\r\na=ice-pwd:" +
         client_pwd + "\r\na=rtpmap:96 H264/90000\r\n";
}

std::string fragment_text(const std::string& ufrag, const std::string& pwd = client_pwd) {
  return "a=ice-ufrag:" + ufrag + "\r\na=ice-pwd:" + pwd +
         "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:audio0\r\n"
         "a=candidate:1 1 udp 2130706431 192.0.2.7 50000 typ host\r\na=end-of-candidates\r\n";
}

// A meeting on a rig whose node is ready.
struct Stage {
  explicit Stage(const Settings& settings = {}) : rig(settings) {
    rig.set_dataplane_ready(true);
    meeting = make_meeting(rig);
    endpoint = "/v1/meetings/" + meeting.id + "/whip";
  }
  RawAnswer post(const std::string& offer = offer_text(), const std::string& query = "") const {
    return http(rig.port(), {"POST",
                             endpoint + query,
                             meeting.join_token,
                             offer,
                             {{"Content-Type", "application/sdp"}}});
  }
  RawAnswer patch(const std::string& session, const std::string& if_match,
                  const std::string& body) const {
    Call call{"PATCH", session, meeting.join_token, body, {{"Content-Type", fragment_type}}};
    if (!if_match.empty()) call.headers["If-Match"] = if_match;
    return http(rig.port(), call);
  }
  RawAnswer remove(const std::string& session) const {
    return http(rig.port(), {"DELETE", session, meeting.join_token, "", {}});
  }
  // True once the session is gone, within seconds.
  bool is_gone(const std::string& session) const {
    for (int i = 0; i < 500; ++i) {
      if (patch(session, "*", "").status == 404) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }
  // The remote descriptions that the agent was given.
  std::vector<schema::RemoteDescription> offers() {
    std::vector<schema::RemoteDescription> out;
    for (const auto& request : rig.agent_requests()) {
      if (request.has_remote_description()) out.push_back(request.remote_description());
    }
    return out;
  }

  FrontRig rig;
  Meeting meeting;
  std::string endpoint;
};

std::string location_of(const RawAnswer& answer) {
  const auto at = answer.headers.find("location");
  return at == answer.headers.end() ? "" : at->second;
}

TEST(Whip, APublisherIsAParticipantFromPostToDelete) {
  Stage stage;
  Person ada(stage.rig, stage.meeting, "Ada");
  const RawAnswer made = stage.post(offer_text(), "?name=Studio+1");
  ASSERT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(made.headers.at("content-type"), "application/sdp");
  EXPECT_EQ(made.headers.at("accept-patch"), fragment_type);
  EXPECT_EQ(made.headers.at("etag"), "\"agent1\"");
  EXPECT_EQ(made.headers.at("access-control-allow-origin"), "*");
  EXPECT_TRUE(made.body.starts_with("v=0\r\n"));
  ASSERT_TRUE(location_of(made).starts_with(stage.endpoint + "/"));

  const auto joined = ada.socket.hear("USER_JOINED").value();
  EXPECT_EQ(joined["participant"]["name"], "Studio 1");
  EXPECT_EQ(joined["participant"]["state"], "connected");
  EXPECT_EQ(ada.socket.hear("TRACK_CHANGED").value()["participant_id"],
            joined["participant"]["id"]);
  const auto offers = stage.offers();
  ASSERT_EQ(offers.size(), 1U);
  EXPECT_EQ(offers[0].sdp(), offer_text());
  EXPECT_EQ(offers[0].sources().at("audio0"), schema::MICROPHONE);
  EXPECT_EQ(offers[0].sources().at("video1"), schema::CAMERA);

  EXPECT_EQ(stage.remove(location_of(made)).status, 200U);
  EXPECT_EQ(ada.socket.hear("USER_LEFT").value()["reason"], "left");
  EXPECT_EQ(stage.remove(location_of(made)).status, 404U);
}

// The username of the first Link header, or empty.
std::string relay_username_of(const RawAnswer& answer) {
  const auto at = answer.headers.find("link");
  if (at == answer.headers.end()) return "";
  const std::string begin = R"(<turn:turn.example.org:3478>; rel="ice-server"; username=")";
  if (!at->second.starts_with(begin)) return "";
  return at->second.substr(begin.size(), at->second.find('"', begin.size()) - begin.size());
}

TEST(Whip, WhoBeginsManySessionsAndSendsNothingIsRefusedMore) {
  Stage stage;
  std::string session;
  for (uint32_t i = 0; i < waiting_per_host_max; ++i) {
    const RawAnswer made = stage.post(offer_text("never connect"));
    ASSERT_EQ(made.status, 201U) << i << made.body;
    session = location_of(made);
  }
  const RawAnswer refused = stage.post();
  EXPECT_EQ(refused.status, 429U);
  EXPECT_NE(refused.body.find("have no media yet"), std::string::npos) << refused.body;
  EXPECT_EQ(stage.remove(session).status, 200U);
  // Those whose media is up are not counted.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(stage.post().status, 201U) << i;
}

TEST(Whip, TurnServersAreNamedToWhoeverMayJoin) {
  Settings settings;
  settings.turn_urls = {"turn:turn.example.org:3478", "turns:turn.example.org?transport=tcp"};
  Stage stage(settings);
  Person ada(stage.rig, stage.meeting, "Ada");
  const RawAnswer made = stage.post();
  ASSERT_EQ(made.status, 201U) << made.body;
  const auto joined = ada.socket.hear("USER_JOINED").value();
  const std::string id = joined["participant"]["id"];
  EXPECT_TRUE(relay_username_of(made).ends_with(":" + id)) << made.headers.at("link");
  EXPECT_NE(made.headers.at("link").find("<turns:turn.example.org?transport=tcp>"),
            std::string::npos);

  const auto options = [&](const std::string& token) {
    return http(stage.rig.port(), {"OPTIONS", stage.endpoint, token, "", {}});
  };
  const RawAnswer told = options(stage.meeting.join_token);
  EXPECT_EQ(told.status, 204U);
  EXPECT_EQ(told.headers.at("accept-post"), "application/sdp");
  EXPECT_NE(relay_username_of(told), "");
  const Meeting other = make_meeting(stage.rig);
  for (const std::string& token : {std::string(), std::string("nonsense"), other.join_token}) {
    const RawAnswer untold = options(token);
    EXPECT_EQ(untold.status, 204U);
    EXPECT_FALSE(untold.headers.contains("link")) << token;
  }
}

TEST(Whip, WrongRequestsAreToldWhy) {
  Stage stage;
  const Meeting other = make_meeting(stage.rig);
  const RawAnswer made = stage.post();
  ASSERT_EQ(made.status, 201U);
  const std::string session = location_of(made);
  const std::string token = stage.meeting.join_token;
  const std::map<std::string, std::string> sdp = {{"Content-Type", "application/sdp"}};
  const std::map<std::string, std::string> fragment = {{"Content-Type", fragment_type},
                                                       {"If-Match", "*"}};
  struct Wrong {
    Call call;
    unsigned status;
    const char* says;
  };
  const Wrong wrongs[] = {
      {{"POST", stage.endpoint, "", offer_text(), sdp}, 401, ""},
      {{"POST", stage.endpoint, std::string(api_key), offer_text(), sdp}, 401, ""},
      {{"POST", stage.endpoint, other.join_token, offer_text(), sdp}, 403, "another meeting"},
      {{"POST", stage.endpoint, token, offer_text(), {}}, 415, "application/sdp"},
      {{"POST", stage.endpoint, token, offer_text(), {{"Content-Type", "text/plain"}}}, 415, ""},
      {{"POST",
        stage.endpoint,
        token,
        offer_text(),
        {{"Content-Type", "application/sdp"}, {"Accept", "text/html, application/json"}}},
       406,
       "Accept"},
      {{"POST", stage.endpoint, token, "", sdp}, 400, "description"},
      {{"POST", stage.endpoint, token, "v=0\r\nx=1\r\n", sdp}, 400, "line 2"},
      {{"POST", stage.endpoint + "?name=%ff", token, offer_text(), sdp}, 400, "name"},
      {{"POST", stage.endpoint, token, offer_text("refuse me"), sdp}, 422, "m-line 0"},
      {{"GET", stage.endpoint, token, "", {}}, 405, "POST"},
      {{"PUT", stage.endpoint, token, offer_text(), sdp}, 405, "POST"},
      {{"DELETE", stage.endpoint, token, "", {}}, 405, "POST"},
      {{"GET", session, token, "", {}}, 405, "PATCH"},
      {{"POST", session, token, offer_text(), sdp}, 405, "PATCH"},
      {{"PATCH", session, "", fragment_text("client"), fragment}, 401, ""},
      {{"DELETE", session, other.join_token, "", {}}, 403, ""},
      {{"DELETE", stage.endpoint + "/nothing", token, "", {}}, 404, "session"},
      {{"DELETE",
        "/v1/meetings/" + other.id + "/whip" + session.substr(session.rfind('/')),
        other.join_token,
        "",
        {}},
       404,
       "session"},
      {{"PATCH", session, token, fragment_text("client"), sdp}, 415, fragment_type.c_str()},
      {{"PATCH", session, token, "nonsense", fragment}, 400, "line 1"},
      {{"PATCH", session, token, "a=ice-ufrag:lonely\r\n", fragment}, 400, "go together"},
  };
  for (const Wrong& wrong : wrongs) {
    const RawAnswer answer = http(stage.rig.port(), wrong.call);
    const std::string told = wrong.call.method + " " + wrong.call.target + " " + answer.body;
    EXPECT_EQ(answer.status, wrong.status) << told;
    EXPECT_NE(answer.body.find(wrong.says), std::string::npos) << told;
    EXPECT_EQ(answer.headers.at("access-control-allow-origin"), "*") << told;
    EXPECT_EQ(answer.headers.contains("www-authenticate"), wrong.status == 401) << told;
    EXPECT_EQ(answer.headers.contains("allow"), wrong.status == 405) << told;
  }
  // None of it touched the session, and what was refused left nobody behind.
  EXPECT_EQ(stage.patch(session, "*", fragment_text("client")).status, 204U);
  const Person ada(stage.rig, stage.meeting, "Ada");
  EXPECT_EQ(ada.welcome["participants"].size(), 2U);
}

TEST(Whip, TypesAreReadWithTheirParameters) {
  Stage stage;
  const RawAnswer made = http(stage.rig.port(), {"POST",
                                                 stage.endpoint,
                                                 stage.meeting.host_token,
                                                 offer_text(),
                                                 {{"Content-Type", "Application/SDP; charset=x"},
                                                  {"Accept", "text/html, application/*;q=0.5"}}});
  EXPECT_EQ(made.status, 201U) << made.body;
}

TEST(Whip, AFragmentNamesTheIceSessionItIsAbout) {
  Stage stage;
  const RawAnswer made = stage.post();
  const std::string session = location_of(made);
  const std::string etag = made.headers.at("etag");
  EXPECT_EQ(stage.patch(session, "", fragment_text("client")).status, 428U);
  EXPECT_EQ(stage.patch(session, "\"another\"", fragment_text("client")).status, 412U);
  const RawAnswer taken = stage.patch(session, etag, fragment_text("client"));
  EXPECT_EQ(taken.status, 204U);
  EXPECT_FALSE(taken.headers.contains("content-length"));
  // Other credentials are a restart, which only "*" begins; both must be new.
  EXPECT_EQ(stage.patch(session, etag, fragment_text("fresh")).status, 412U);
  EXPECT_EQ(stage.patch(session, "*", fragment_text("fresh")).status, 400U);
  EXPECT_EQ(stage.offers().size(), 1U);
}

TEST(Whip, ARestartGivesNewCredentialsAndAnotherEtag) {
  Stage stage;
  const RawAnswer made = stage.post();
  const std::string session = location_of(made);
  const std::string pwd = "anotherPasswordOfTheClient";
  const RawAnswer restarted = stage.patch(session, "*", fragment_text("fresh", pwd));
  ASSERT_EQ(restarted.status, 200U) << restarted.body;
  EXPECT_EQ(restarted.headers.at("content-type"), fragment_type);
  EXPECT_EQ(restarted.headers.at("etag"), "\"agent2\"");
  EXPECT_NE(restarted.body.find("a=ice-ufrag:agent2\r\n"), std::string::npos);
  EXPECT_NE(restarted.body.find("a=candidate:1 1 udp"), std::string::npos);
  const auto offers = stage.offers();
  ASSERT_EQ(offers.size(), 2U);
  EXPECT_EQ(offers[1].endpoint_id(), offers[0].endpoint_id());
  EXPECT_NE(offers[1].sdp().find("a=ice-ufrag:fresh\r\na=ice-pwd:" + pwd), std::string::npos);
  EXPECT_EQ(offers[1].sdp().find("a=ice-ufrag:client"), std::string::npos);
  // The earlier ICE session has ended.
  EXPECT_EQ(stage.patch(session, made.headers.at("etag"), fragment_text("client")).status, 412U);
  EXPECT_EQ(stage.patch(session, "\"agent2\"", fragment_text("fresh", pwd)).status, 204U);
}

TEST(Whip, LossOfConsentEndsTheSession) {
  Stage stage;
  Person ada(stage.rig, stage.meeting, "Ada");
  const RawAnswer made = stage.post();
  ASSERT_EQ(made.status, 201U);
  schema::AgentReport report;
  report.mutable_endpoint_state()->set_endpoint_id(stage.offers().front().endpoint_id());
  report.mutable_endpoint_state()->set_phase(schema::EndpointState::SILENT);
  stage.rig.report(report);
  EXPECT_EQ(ada.socket.hear("USER_LEFT").value()["reason"], "lost");
  EXPECT_TRUE(stage.is_gone(location_of(made)));
}

TEST(Whip, AnAgentThatSaysNothingIsNotWaitedForForEver) {
  Settings settings;
  settings.whip_timeouts.answer = std::chrono::milliseconds(100);
  Stage stage(settings);
  const RawAnswer answer = stage.post(offer_text("say nothing"));
  EXPECT_EQ(answer.status, 503U);
  const Person ada(stage.rig, stage.meeting, "Ada");
  EXPECT_EQ(ada.welcome["participants"].size(), 1U);
}

TEST(Whip, AClientThatNeverConnectsIsLost) {
  Settings settings;
  settings.whip_timeouts.connect = std::chrono::milliseconds(100);
  Stage stage(settings);
  const RawAnswer silent = stage.post(offer_text("never connect"));
  const RawAnswer made = stage.post();
  ASSERT_EQ(silent.status, 201U);
  ASSERT_EQ(made.status, 201U);
  EXPECT_TRUE(stage.is_gone(location_of(silent)));
  EXPECT_EQ(stage.patch(location_of(made), "*", "").status, 204U);
}

// The same offer, from somebody who wants to watch.
std::string play_offer() {
  std::string text = offer_text();
  for (std::size_t at; (at = text.find("a=sendonly")) != std::string::npos;) {
    text.replace(at, 10, "a=recvonly");
  }
  return text;
}

TEST(Whep, APlayerIsAParticipantThatSendsNothing) {
  Stage stage;
  Person ada(stage.rig, stage.meeting, "Ada");
  stage.endpoint = "/v1/meetings/" + stage.meeting.id + "/whep";
  const RawAnswer made = stage.post(play_offer(), "?name=Wall&participant=someone");
  ASSERT_EQ(made.status, 201U) << made.body;
  const std::string session = location_of(made);
  ASSERT_TRUE(session.starts_with(stage.endpoint + "/"));
  EXPECT_EQ(made.headers.at("etag"), "\"agent1\"");
  const auto joined = ada.socket.hear("USER_JOINED").value();
  EXPECT_EQ(joined["participant"]["name"], "Wall");
  EXPECT_TRUE(joined["participant"]["tracks"].empty());
  const auto requests = stage.rig.agent_requests();
  const auto opened = std::find_if(requests.begin(), requests.end(), [](const auto& r) {
    return r.has_open_endpoint() && r.open_endpoint().role() == schema::OpenEndpoint::PLAY;
  });
  ASSERT_NE(opened, requests.end());
  const auto& codecs = opened->open_endpoint().codecs();
  EXPECT_EQ(std::vector<std::string>(codecs.begin(), codecs.end()),
            (std::vector<std::string>{"opus", "H264"}));

  const std::string pwd = "anotherPasswordOfTheClient";
  const RawAnswer restarted = stage.patch(session, "*", fragment_text("fresh", pwd));
  EXPECT_EQ(restarted.status, 200U) << restarted.body;
  EXPECT_EQ(stage.offers().back().endpoint_id(), stage.offers().front().endpoint_id());
  // A session of one kind is none of the other.
  const std::string elsewhere =
      "/v1/meetings/" + stage.meeting.id + "/whip" + session.substr(session.rfind('/'));
  EXPECT_EQ(stage.remove(elsewhere).status, 404U);
  EXPECT_EQ(stage.remove(session).status, 200U);
  EXPECT_EQ(ada.socket.hear("USER_LEFT").value()["participant_id"], joined["participant"]["id"]);
}

TEST(Whep, AnOfferThatOnlySendsIsRefused) {
  Stage stage;
  EXPECT_EQ(stage.post(play_offer()).status, 422U);
  stage.endpoint = "/v1/meetings/" + stage.meeting.id + "/whep";
  EXPECT_EQ(stage.post(offer_text()).status, 422U);
}

TEST(Whip, SessionsOutliveTheProcess) {
  Settings settings;
  Meeting meeting;
  std::string publisher, player, etag;
  {
    Stage stage;
    meeting = stage.meeting;
    const RawAnswer made = stage.post();
    ASSERT_EQ(made.status, 201U) << made.body;
    publisher = location_of(made);
    etag = made.headers.at("etag");
    const RawAnswer gone = stage.post();
    EXPECT_EQ(stage.remove(location_of(gone)).status, 200U);
    stage.endpoint = "/v1/meetings/" + stage.meeting.id + "/whep";
    player = location_of(stage.post(play_offer()));
    settings.journal = stage.rig.journal();
  }
  std::size_t sessions = 0;
  for (const auto& [key, record] : settings.journal) {
    sessions += record.has_session() ? 1 : 0;
    // No password is written down.
    EXPECT_EQ(record.SerializeAsString().find(client_pwd), std::string::npos) << key;
  }
  EXPECT_EQ(sessions, 2U);

  Stage after(settings);
  after.meeting = meeting;
  EXPECT_EQ(after.patch(publisher, etag, fragment_text("client")).status, 204U);
  EXPECT_EQ(after.patch(publisher, etag, fragment_text("fresh")).status, 412U);
  const RawAnswer restarted =
      after.patch(publisher, "*", fragment_text("fresh", "anotherPasswordOfTheClient"));
  EXPECT_EQ(restarted.status, 200U) << restarted.body;
  EXPECT_EQ(restarted.headers.at("etag"), "\"agent2\"");
  EXPECT_EQ(after.offers().back().sources().at("video1"), schema::CAMERA);
  EXPECT_EQ(after.remove(player).status, 200U);
  EXPECT_EQ(after.remove(publisher).status, 200U);
  EXPECT_EQ(after.remove(publisher).status, 404U);
  for (const auto& [key, record] : after.rig.journal()) EXPECT_FALSE(record.has_session()) << key;
}

TEST(Whip, TheRoomsRulesHold) {
  Settings settings;
  settings.participants_max = 2;
  Stage stage(settings);
  Person host(stage.rig, stage.meeting, "Grace", true);
  const RawAnswer made = stage.post();
  ASSERT_EQ(made.status, 201U);
  EXPECT_EQ(stage.post().status, 429U);
  const auto joined = host.socket.hear("USER_JOINED").value();
  host.socket.say({{"type", "host_remove"}, {"participant_id", joined["participant"]["id"]}});
  EXPECT_EQ(host.socket.hear("USER_LEFT").value()["reason"], "removed");
  EXPECT_TRUE(stage.is_gone(location_of(made)));
  EXPECT_EQ(stage.post().status, 201U);
}

TEST(Whip, NothingIsStartedWithoutAMediaNode) {
  Stage stage;
  stage.rig.set_dataplane_ready(false);
  const RawAnswer answer = stage.post();
  EXPECT_EQ(answer.status, 503U);
  EXPECT_TRUE(stage.offers().empty());
}

TEST(Whip, PagesOfOtherOriginsMayAsk) {
  Stage stage;
  for (const std::string& path : {stage.endpoint, stage.endpoint + "/some-session"}) {
    const RawAnswer answer = http(stage.rig.port(), {"OPTIONS", path, "", "", {}});
    EXPECT_EQ(answer.status, 204U);
    const bool is_endpoint = path == stage.endpoint;
    EXPECT_EQ(answer.headers.at("access-control-allow-origin"), "*");
    EXPECT_EQ(answer.headers.at("access-control-allow-methods"),
              is_endpoint ? "POST, OPTIONS" : "PATCH, DELETE, OPTIONS");
    EXPECT_NE(answer.headers.at("access-control-allow-headers").find("Authorization"),
              std::string::npos);
    EXPECT_NE(answer.headers.at("access-control-expose-headers").find("Location"),
              std::string::npos);
    EXPECT_EQ(answer.headers.at(is_endpoint ? "accept-post" : "accept-patch"),
              is_endpoint ? "application/sdp" : fragment_type);
  }
}

}  // namespace
}  // namespace sluice::signaling
