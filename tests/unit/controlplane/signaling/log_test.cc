// The log at its default level, while people and encoders come with tokens, passwords and
// addresses: every line has its form, and none of them says a secret or who somebody is.
#include "common/log/log.h"

#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "common/config/config.h"
#include "tests/unit/controlplane/signaling/person.h"

namespace sluice::signaling {
namespace {

const std::string client_password = "aPasswordOfTheClient12345";
const std::string client_address = "192.0.2.7";

// "refuse me" and "never connect" are orders to the scripted agent.
std::string offer_text(const std::string& wish) {
  return "v=0\r\no=- 1 1 IN IP4 " + client_address + "\r\ns=" + wish +
         "\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 97\r\na=mid:0\r\n"
         "a=sendonly\r\na=rtcp-mux\r\na=ice-ufrag:clientUfrag\r\na=ice-pwd:" +
         client_password + "\r\na=rtpmap:97 OPUS/48000/2\r\na=candidate:1 1 udp 2130706431 " +
         client_address + " 50000 typ host\r\n";
}

// The rig is quiet otherwise.
struct DefaultLevel {
  DefaultLevel() { log::set_level(config::Control().log_level); }
  ~DefaultLevel() { log::set_level("error"); }
};

// What must not be in the log: collected while it is said.
class Secrets {
 public:
  void add(const std::string& secret) {
    ASSERT_GE(secret.size(), 3U);
    all_.push_back(secret);
  }
  // Every text of this document: tokens, identities, TURN credentials.
  void add_texts_of(const nlohmann::json& document) {
    for (const auto& [key, value] : document.items()) {
      if (value.is_structured()) add_texts_of(value);
      if (!value.is_string()) continue;
      const bool wanted = key.ends_with("token") || key == "credential" || key == "username" ||
                          key == "participant_id" || key == "name";
      if (wanted) add(value.get<std::string>());
    }
  }
  std::vector<std::string> found_in(const std::string& text) const {
    std::vector<std::string> found;
    for (const std::string& secret : all_) {
      if (text.find(secret) != std::string::npos) found.push_back(secret);
    }
    return found;
  }
  std::size_t size() const { return all_.size(); }

 private:
  std::vector<std::string> all_;
};

// Two people meet, a stranger is refused at the door, an offer is refused, one is removed.
void hold_a_meeting(FrontRig& rig, Secrets& secrets) {
  const Meeting meeting = make_meeting(rig);
  secrets.add(meeting.join_token);
  secrets.add(meeting.host_token);
  Person ada(rig, meeting, "Ada-Lovelace", /*host=*/true);
  Person bob(rig, meeting, "Bob-Kahn");
  for (const auto* person : {&ada, &bob}) secrets.add_texts_of(person->joined);
  secrets.add("Ada-Lovelace");
  secrets.add("Bob-Kahn");
  const auto stranger = WsClient(rig.port(), {"/v1/signaling", protocols(ada.joined) + "x", false});
  EXPECT_FALSE(stranger.is_open());
  EXPECT_EQ(call(rig, {"POST", "/v1/meetings", "a-wrong-key-0123456789", "{}", {}}).status, 401U);
  secrets.add("a-wrong-key");

  int negotiation = 0;
  for (const char* wish : {"obey", "refuse me"}) {
    ada.socket.say({{"type", "publish_offer"},
                    {"negotiation", ++negotiation},
                    {"sdp", offer_text(wish)},
                    {"sources", {{"0", "microphone"}}}});
    EXPECT_TRUE(ada.socket.hear(wish == std::string("obey") ? "publish_answer" : "refused"));
  }
  bob.socket.say_text("{not json " + bob.joined["participant_token"].get<std::string>());
  EXPECT_TRUE(bob.socket.hear("error"));
  ada.socket.say({{"type", "chat"}, {"text", "a-word-in-confidence"}});
  EXPECT_TRUE(bob.socket.hear("CHAT"));
  secrets.add("a-word-in-confidence");
  ada.socket.say({{"type", "renew_token"}});
  secrets.add_texts_of(ada.socket.hear("token").value_or(nlohmann::json()));
  ada.socket.say({{"type", "host_remove"}, {"participant_id", bob.id()}});
  EXPECT_EQ(bob.socket.close_code(), 4004U);
}

// An encoder comes, trickles and goes; another is refused.
void stream_into_a_meeting(FrontRig& rig, Secrets& secrets) {
  const Meeting meeting = make_meeting(rig);
  secrets.add(meeting.join_token);
  const auto post = [&](const char* wish) {
    return http(rig.port(), {"POST",
                             "/v1/meetings/" + meeting.id + "/whip?name=Secret-Studio",
                             meeting.join_token,
                             offer_text(wish),
                             {{"Content-Type", "application/sdp"}}});
  };
  secrets.add("Secret-Studio");
  const RawAnswer made = post("obey");
  ASSERT_EQ(made.status, 201U) << made.body;
  const std::string session = made.headers.at("location");
  secrets.add(session.substr(session.rfind('/') + 1));
  EXPECT_GE(post("refuse me").status, 400U);
  EXPECT_EQ(http(rig.port(), {"DELETE", session, meeting.join_token, "", {}}).status, 200U);
}

TEST(Log, AtTheDefaultLevelHoldsNoSecretAndNobodysAddress) {
  Secrets secrets;
  secrets.add(std::string(api_key));
  secrets.add(client_password);
  secrets.add("scriptedPasswordOfTheAgent");
  secrets.add("clientUfrag");
  secrets.add(client_address);
  secrets.add("192.0.2.1");
  secrets.add("127.0.0.1");
  secrets.add("ice-pwd");
  testing::internal::CaptureStderr();
  {
    FrontRig::Settings settings;
    settings.turn_urls = {"turn:turn.example.org:3478"};
    FrontRig rig(settings);
    const DefaultLevel level;
    rig.set_dataplane_ready(true);
    hold_a_meeting(rig, secrets);
    stream_into_a_meeting(rig, secrets);
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_GT(secrets.size(), 20U);
  EXPECT_EQ(secrets.found_in(text), std::vector<std::string>()) << text;

  // time level area message key=value ...
  const std::regex form(
      R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (error|warning|info|debug) [a-z_]+ )"
      R"([^="]+( [a-z_]+=([-\w./:+#@,]+|"([^"\\]|\\.)*"))*)");
  std::istringstream lines(text);
  std::string events;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(std::regex_match(line, form)) << line;
    events += line + "\n";
  }
  for (const char* event : {"conference meeting made meeting=", "whip session begins meeting=",
                            "whip session ended meeting="}) {
    EXPECT_NE(events.find(event), std::string::npos) << event << " is missing in:\n" << events;
  }
}

}  // namespace
}  // namespace sluice::signaling
