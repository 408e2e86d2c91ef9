// Gives the sans-IO conference its clock, its timer and its surroundings: WebSockets, the agent,
// the meeting store.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "controlplane/conference/conference.h"
#include "controlplane/conference/meeting_store.h"

namespace boost::asio {
class io_context;
}

namespace sluice {

// Set in the ids of connections that take messages as they are, not as text.
inline constexpr conference::ConnectionId direct_connection_bit = 1ULL << 63;

// Who has those connections.
class DirectConnections {
 public:
  virtual ~DirectConnections() = default;
  virtual void on_message(conference::ConnectionId connection,
                          const signaling::ServerMessage& message) = 0;
  virtual void on_close(conference::ConnectionId connection, signaling::CloseCode code,
                        const std::string& reason) = 0;
};

class ConferenceLoop {
 public:
  // Where outputs go. Called one at a time, in order; whatever they lead to is taken in afterwards.
  struct Surroundings {
    std::function<void(conference::ConnectionId, std::shared_ptr<const std::string>)> send;
    std::function<void(conference::ConnectionId, signaling::CloseCode, const std::string&)> close;
    std::function<void(const schema::AgentRequest&)> ask_agent;
    std::function<void(const conference::Reissue&)> reissue;
    std::function<void(const schema::JournalRecord&)> keep;
  };

  ConferenceLoop(boost::asio::io_context& io, const conference::Policy& policy,
                 conference::MeetingStore& store, Surroundings surroundings);
  ~ConferenceLoop();

  // Once, before anything else.
  void restore(const std::map<std::string, schema::JournalRecord>& records);
  // Before the first direct connection; outlives the last one.
  void attach(DirectConnections& direct) { direct_ = &direct; }

  void on_meeting(const conference::Meeting& meeting);
  void on_connected(conference::ConnectionId connection, const conference::Identity& identity,
                    const conference::Meeting& meeting, int64_t token_expires_unix_s);
  void on_token_renewed(conference::ConnectionId connection, int64_t token_expires_unix_s);
  void on_message(conference::ConnectionId connection, const signaling::ClientMessage& message);
  void on_disconnected(conference::ConnectionId connection);
  void on_report(const schema::AgentReport& report);
  conference::MoveOutcome move(const conference::Move& wish);

  const conference::Conference& conference() const { return conference_; }

  static conference::Now now();

 private:
  void carry_out();
  void carry_out(const conference::Send& output);
  void carry_out(const conference::Close& output);
  void carry_out(const schema::AgentRequest& output);
  void carry_out(const conference::VoidParticipant& output);
  void carry_out(const conference::Reissue& output);
  void carry_out(const conference::ForgetMeeting& output);
  void carry_out(const schema::JournalRecord& output);
  void set_timer();

  struct Timer;
  conference::Conference conference_;
  conference::MeetingStore& store_;
  Surroundings surroundings_;
  DirectConnections* direct_ = nullptr;
  std::unique_ptr<Timer> timer_;
  bool carrying_out_ = false;
};

}  // namespace sluice
