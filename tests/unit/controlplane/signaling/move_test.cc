// The call that moves participants, over the real server; the agent is scripted.
#include <gtest/gtest.h>

#include "tests/unit/controlplane/signaling/front_rig.h"
#include "tests/unit/controlplane/signaling/person.h"

namespace sluice::signaling {
namespace {

std::string path_of(const Meeting& meeting, const Person& person) {
  return "/v1/meetings/" + meeting.id + "/participants/" +
         person.welcome["participant_id"].get<std::string>() + "/move";
}

TEST(MoveCall, BringsSomebodyToAnotherMeeting) {
  FrontRig rig;
  rig.set_dataplane_ready(true);
  const Meeting main = make_meeting(rig), breakout = make_meeting(rig);
  Person ada(rig, main, "Ada"), bob(rig, breakout, "Bob");
  const RawAnswer answer =
      http(rig.port(), {"POST",
                        path_of(main, ada),
                        std::string(api_key),
                        R"({"meeting_id":")" + breakout.id + R"(","role":"host"})",
                        {}});
  ASSERT_EQ(answer.status, 200U) << answer.body;
  EXPECT_EQ(answer.json()["meeting_id"], breakout.id);
  EXPECT_EQ(answer.json()["role"], "host");
  EXPECT_EQ(bob.socket.hear("USER_JOINED").value()["participant"]["name"], "Ada");
  // With the token that she was given she finds the new meeting.
  nlohmann::json token;
  for (int i = 0; i < 2; ++i) token = ada.socket.hear("token").value();
  const Person again(rig, token);
  EXPECT_EQ(again.welcome["meeting"]["id"], breakout.id);
  EXPECT_EQ(again.welcome["role"], "host");
  EXPECT_EQ(again.welcome["participant_id"], ada.welcome["participant_id"]);
}

TEST(MoveCall, TellsWhatIsWrong) {
  FrontRig rig;
  rig.set_dataplane_ready(true);
  const Meeting meeting = make_meeting(rig), other = make_meeting(rig);
  const Person ada(rig, meeting, "Ada");
  const std::string path = path_of(meeting, ada), key(api_key);
  const std::string to_other = R"({"meeting_id":")" + other.id + R"("})";
  struct Wrong {
    Call call;
    unsigned status;
    const char* says;
  };
  const Wrong wrongs[] = {
      {{"GET", path, key, "", {}}, 405, "POST"},
      {{"POST", path, "", to_other, {}}, 401, "API key or a host token"},
      {{"POST", path, meeting.join_token, R"({"role":"host"})", {}}, 403, "only a host"},
      {{"POST", path, other.host_token, R"({"role":"host"})", {}}, 403, "another meeting"},
      {{"POST", path, meeting.host_token, to_other, {}}, 403, "needs an API key"},
      {{"POST", path, key, "", {}}, 400, "body"},
      {{"POST", path, key, "{}", {}}, 400, "needs meeting_id, role or both"},
      {{"POST", path, key, R"({"role":"king"})", {}}, 400, "role"},
      {{"POST", path, key, R"({"meeting_id":7})", {}}, 400, "meeting_id"},
      {{"POST", path, key, R"({"meeting_id":"nowhere"})", {}}, 404, "no such meeting"},
      {{"POST", path_of(other, ada), key, R"({"role":"host"})", {}}, 404, "nobody of that name"},
  };
  for (const Wrong& wrong : wrongs) {
    const RawAnswer answer = http(rig.port(), wrong.call);
    const std::string told = wrong.call.method + " " + wrong.call.body + " " + answer.body;
    EXPECT_EQ(answer.status, wrong.status) << told;
    EXPECT_NE(answer.body.find(wrong.says), std::string::npos) << told;
  }
  const RawAnswer done =
      http(rig.port(), {"POST", path, meeting.host_token, R"({"role":"attendee"})", {}});
  EXPECT_EQ(done.status, 200U) << done.body;
}

TEST(MoveCall, AnAttendeesLinkIsHandedOutWithTheOthers) {
  FrontRig rig;
  rig.set_dataplane_ready(true);
  const RawAnswer made = http(rig.port(), {"POST", "/v1/meetings", std::string(api_key), "{}", {}});
  ASSERT_EQ(made.status, 201U);
  Meeting meeting;
  meeting.id = made.json()["meeting_id"];
  meeting.join_token = made.json()["attendee_token"];
  const Person eve(rig, meeting, "Eve");
  EXPECT_EQ(eve.welcome["role"], "attendee");
  const RawAnswer published = http(rig.port(), {"POST",
                                                "/v1/meetings/" + meeting.id + "/whip",
                                                meeting.join_token,
                                                "v=0",
                                                {{"Content-Type", "application/sdp"}}});
  EXPECT_EQ(published.status, 403U);
}

}  // namespace
}  // namespace sluice::signaling
