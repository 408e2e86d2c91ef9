// What the conference wants done; the daemon carries it out in order.
#pragma once

#include <agent.pb.h>
#include <journal.pb.h>

#include <cstdint>
#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "common/base/time.h"
#include "controlplane/signaling/server_message.h"

namespace sluice::conference {

// One WebSocket; never used twice. 0 = none.
using ConnectionId = uint64_t;

// Both clocks, read once per input.
struct Now {
  TimeNs monotonic_ns = 0;
  int64_t unix_ms = 0;
};

struct Send {
  std::vector<ConnectionId> to;
  signaling::ServerMessage message;
};
struct Close {
  ConnectionId connection = 0;
  signaling::CloseCode code = signaling::CloseCode::normal;
  std::string reason;
};
struct VoidParticipant {
  std::string meeting_id;
  std::string participant_id;
};
// The connection belongs to this meeting and has this role from now on: its token is outdated.
struct Reissue {
  ConnectionId connection = 0;
  std::string meeting_id;
  signaling::Role role = signaling::Role::presenter;
};
struct ForgetMeeting {
  std::string meeting_id;
};

// A JournalRecord is to be kept before anything that comes after it is done.
using Output = std::variant<Send, Close, schema::AgentRequest, VoidParticipant, Reissue,
                            ForgetMeeting, schema::JournalRecord>;
using Outputs = std::deque<Output>;

}  // namespace sluice::conference
