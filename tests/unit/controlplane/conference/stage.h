// A conference on a stage: time, names and the outside are the test's. Records everything that
// comes out.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controlplane/conference/conference.h"

namespace sluice::conference {

inline constexpr schema::EndpointState::Phase connected = schema::EndpointState::CONNECTED;
inline constexpr schema::EndpointState::Phase silent = schema::EndpointState::SILENT;
inline constexpr schema::EndpointState::Phase failed = schema::EndpointState::FAILED;

class Stage {
 public:
  explicit Stage(const Policy& policy = {});
  // After a restart: the conference knows what this journal says.
  Stage(std::map<std::string, schema::JournalRecord> records, const Now& at);

  Meeting meeting;
  Conference conference;
  Now now{1'000 * ns_per_s, 1'700'000'000'000};

  // Connects `name` (also its participant id) and says hello; everybody decodes VP8 and opus unless
  // told otherwise.
  ConnectionId join(const std::string& name, signaling::Role role = signaling::Role::presenter,
                    std::vector<std::string> decode = {"opus", "VP8"}, bool resume = true);
  ConnectionId connect(const std::string& name, signaling::Role role = signaling::Role::presenter);
  void say(const std::string& name, const signaling::ClientMessage& message);
  void disconnect(const std::string& name);
  // Advances the time in steps to each deadline on the way.
  void pass(TimeNs duration_ns);

  // The agent's part.
  void report(const schema::AgentReport& report);
  // The participant offers to send these; the agent answers with one track each, the transport
  // connects.
  void publish(const std::string& name, const std::vector<signaling::Source>& sources);
  void track(const std::string& name, signaling::Source source, bool ended = false,
             const std::string& codec = "", uint32_t csrc = 7);
  void endpoint(const std::string& endpoint_id, schema::EndpointState::Phase phase);
  void offer_to_receive(const std::string& name, uint64_t negotiation);
  void subscription(const std::string& receiver, const std::string& publisher,
                    signaling::Source source, schema::SubscriptionState::Phase phase,
                    const std::string& codec = "");
  void level(const std::string& name, bool speaking, uint32_t level);

  // Everything since the last call of forget().
  template <class T>
  std::vector<T> heard(const std::string& name) const;
  template <class T>
  std::vector<T> asked() const;
  std::vector<Close> closes;
  std::vector<VoidParticipant> voided;
  std::vector<ForgetMeeting> forgotten;
  std::vector<Reissue> reissued;
  void forget();
  // What was written down, by key; what is gone is not there.
  std::map<std::string, schema::JournalRecord> journal;

  // Of the meeting, or of another one after a move.
  const Participant* find(const std::string& name) const;
  // `name` of the meeting goes to another one (an earlier one again by its id), and so on.
  MoveOutcome move(const std::string& name, const std::string& to_meeting);
  MoveOutcome change_role(const std::string& name, signaling::Role role);
  const Participant& participant(const std::string& name) const { return *find(name); }
  std::string track_id(const std::string& name, signaling::Source source) const;

 private:
  void take_outputs();

  std::map<std::string, ConnectionId> connections_;
  std::map<ConnectionId, std::vector<signaling::ServerMessage>> messages_;
  std::vector<schema::AgentRequest> requests_;
  ConnectionId last_connection_ = 0;
  uint64_t last_name_ = 0;
};

// What an AgentRequest holds, by type.
bool holds(const schema::AgentRequest& r, const schema::OpenEndpoint*& out);
bool holds(const schema::AgentRequest& r, const schema::CloseEndpoint*& out);
bool holds(const schema::AgentRequest& r, const schema::RemoteDescription*& out);
bool holds(const schema::AgentRequest& r, const schema::Subscribe*& out);
bool holds(const schema::AgentRequest& r, const schema::Unsubscribe*& out);
bool holds(const schema::AgentRequest& r, const schema::SetTrackMuted*& out);
bool holds(const schema::AgentRequest& r, const schema::RestartIce*& out);
bool holds(const schema::AgentRequest& r, const schema::EndOfRestore*& out);

template <class T>
std::vector<T> Stage::heard(const std::string& name) const {
  std::vector<T> out;
  const auto at = messages_.find(connections_.at(name));
  if (at == messages_.end()) return out;
  for (const signaling::ServerMessage& m : at->second) {
    if (const T* wanted = std::get_if<T>(&m)) out.push_back(*wanted);
  }
  return out;
}

template <class T>
std::vector<T> Stage::asked() const {
  std::vector<T> out;
  for (const schema::AgentRequest& r : requests_) {
    const T* wanted = nullptr;
    if (holds(r, wanted)) out.push_back(*wanted);
  }
  return out;
}

}  // namespace sluice::conference
