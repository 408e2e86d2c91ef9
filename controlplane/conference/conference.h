// All rooms of this process. Sans-IO: inputs carry the time; outputs are polled; a deadline says
// when on_time is due. Knows no sockets, no JSON, no SDP, no region; meets the agent only in the
// messages of common/schema/agent.proto.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controlplane/conference/room.h"

namespace sluice::conference {

struct Stats {
  std::size_t rooms = 0;
  std::size_t participants = 0;
  std::size_t connections = 0;
  std::size_t silent = 0;  // connections that ended without a hello, ever
};

struct Move {
  std::string meeting_id;  // where the participant is
  std::string participant_id;
  std::optional<Meeting> to;            // nothing = stays
  std::optional<signaling::Role> role;  // nothing = as before
};
enum class MoveOutcome { done, nobody, full };

class Conference {
 public:
  // `make_id` gives names that never repeat (controlplane/random_id.h).
  Conference(const Policy& policy, std::function<std::string()> make_id);

  // Before anything else: what the journal knows. The agent is asked for what stands of it; people
  // have Policy::absence_ns to come back.
  void restore(const std::map<std::string, schema::JournalRecord>& records, const Now& now);

  // A meeting was made.
  void on_meeting(const Meeting& meeting, const Now& now);
  // A WebSocket whose token was checked. It must say hello in time. Opens the room when it is not
  // open.
  void on_connected(ConnectionId connection, const Identity& identity, const Meeting& meeting,
                    int64_t token_expires_unix_s, const Now& now);
  void on_token_renewed(ConnectionId connection, int64_t token_expires_unix_s, const Now& now);
  void on_message(ConnectionId connection, const signaling::ClientMessage& message, const Now& now);
  void on_disconnected(ConnectionId connection, const Now& now);
  void on_report(const schema::AgentReport& report, const Now& now);
  // An operator's or a host's wish. Unless done nothing has changed.
  MoveOutcome move(const Move& wish, const Now& now);
  void on_time(const Now& now);

  std::optional<Output> poll_output();
  // Monotonic; on_time may come earlier or later.
  std::optional<TimeNs> next_deadline() const;

  Stats stats() const;
  const std::map<std::string, std::unique_ptr<Room>>& rooms() const { return rooms_; }
  bool is_full(const std::string& meeting_id) const;
  // The meeting where somebody is who was let into this one: another after a move.
  std::string current_meeting(const std::string& meeting_id,
                              const std::string& participant_id) const;
  // Null: nobody, of any meeting.
  const Participant* find(const std::string& meeting_id, const std::string& participant_id) const;
  // What the agent said last of this node.
  const schema::NodeState& node() const { return node_; }

 private:
  struct Connection {
    std::string meeting_id;
    Identity identity;
    bool said_hello = false;
    TimeNs closes_at_ns = 0;  // no hello, or the token expired
  };
  void close(ConnectionId id, signaling::CloseCode code, std::string reason);
  void forget(ConnectionId id);
  void on_hello(ConnectionId id, Connection& connection, const signaling::ClientMessage& message,
                const Now& now);
  TimeNs token_deadline(int64_t expires_unix_s, const Now& now) const;
  Room& room_of(const Meeting& meeting, const Now& now);
  Room* room_of_report(const schema::AgentReport& report);
  schema::JournalRecord record_of(const std::string& meeting_id,
                                  const std::string& participant_id) const;
  // Brings the journal up to date before what was just decided becomes known.
  void write_journal();

  RoomContext context_;
  std::map<std::string, std::unique_ptr<Room>> rooms_;
  std::map<ConnectionId, Connection> connections_;
  std::set<std::pair<TimeNs, ConnectionId>> connection_deadlines_;  // early ones do no harm
  std::size_t silent_ = 0;
  schema::NodeState node_;
};

}  // namespace sluice::conference
