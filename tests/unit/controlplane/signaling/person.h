// Meetings and people of a test: made, joined and welcomed as a client would.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/unit/controlplane/signaling/client.h"
#include "tests/unit/controlplane/signaling/front_rig.h"

namespace sluice::signaling {

struct Meeting {
  std::string id, join_token, host_token;
};

inline RawAnswer call(const FrontRig& rig, const Call& c) {
  return rig.tls() ? https(rig.port(), c) : http(rig.port(), c);
}

inline Meeting make_meeting(const FrontRig& rig) {
  const auto made = call(rig, {"POST", "/v1/meetings", std::string(api_key), "{}", {}}).json();
  return {made["meeting_id"], made["join_token"], made["host_token"]};
}

inline nlohmann::json join(const FrontRig& rig, const Meeting& meeting, const std::string& name,
                           bool host = false) {
  return call(rig, {"GET",
                    "/v1/meetings/" + meeting.id + "/join?name=" + name,
                    host ? meeting.host_token : meeting.join_token,
                    "",
                    {}})
      .json();
}

inline std::string protocols(const nlohmann::json& joined) {
  return "sluice.v1, token." + joined["participant_token"].get<std::string>();
}

// Joined, connected and welcomed.
struct Person {
  Person(const FrontRig& rig, const Meeting& meeting, const std::string& name, bool host = false)
      : Person(rig, join(rig, meeting, name, host)) {}
  // `answer`: of a join call, or whatever holds a participant's token.
  Person(const FrontRig& rig, nlohmann::json answer)
      : joined(std::move(answer)),
        socket(rig.port(), {"/v1/signaling", protocols(joined), rig.tls()}) {
    EXPECT_TRUE(socket.is_open());
    socket.say({{"type", "hello"}, {"version", 1}, {"decode", {"opus", "VP8"}}});
    welcome = socket.hear("welcome").value_or(nlohmann::json());
  }
  std::string id() const { return joined["participant_id"]; }

  nlohmann::json joined;
  WsClient socket;
  nlohmann::json welcome;
};

}  // namespace sluice::signaling
