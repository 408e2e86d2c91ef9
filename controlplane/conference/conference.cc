#include "controlplane/conference/conference.h"

#include <utility>

#include "controlplane/conference/agent_requests.h"
#include "controlplane/conference/journal_keys.h"

namespace sluice::conference {

using signaling::CloseCode;
using signaling::ErrorCode;

Conference::Conference(const Policy& policy, std::function<std::string()> make_id) {
  context_.policy = policy;
  context_.make_id = std::move(make_id);
}

Room& Conference::room_of(const Meeting& meeting, const Now& now) {
  std::unique_ptr<Room>& room = rooms_[meeting.id];
  if (!room) room = std::make_unique<Room>(context_, meeting, now);
  return *room;
}

void Conference::restore(const std::map<std::string, schema::JournalRecord>& records,
                         const Now& now) {
  for (const auto& [key, record] : records) {
    if (!record.has_room()) continue;
    room_of(meeting_of(record.room()), now).restore(record.room(), now);
  }
  for (const auto& [key, record] : records) {
    if (!record.has_participant()) continue;
    const auto room = rooms_.find(record.participant().meeting_id());
    if (room != rooms_.end()) room->second->restore(record.participant(), now);
  }
  for (auto& [id, room] : rooms_) room->ask_for_what_stands();
  context_.outputs.push_back(end_of_restore());
}

void Conference::on_meeting(const Meeting& meeting, const Now& now) {
  room_of(meeting, now);
}

TimeNs Conference::token_deadline(int64_t expires_unix_s, const Now& now) const {
  return now.monotonic_ns + (expires_unix_s * 1'000 - now.unix_ms) * ns_per_ms +
         context_.policy.token_grace_ns;
}

void Conference::on_connected(ConnectionId id, const Identity& identity, const Meeting& meeting,
                              int64_t token_expires_unix_s, const Now& now) {
  room_of(meeting, now);
  Connection& connection = connections_[id];
  connection.meeting_id = current_meeting(meeting.id, identity.participant_id);
  connection.identity = identity;
  connection.closes_at_ns = token_deadline(token_expires_unix_s, now);
  connection_deadlines_.emplace(connection.closes_at_ns, id);
  connection_deadlines_.emplace(now.monotonic_ns + context_.policy.hello_timeout_ns, id);
}

void Conference::on_token_renewed(ConnectionId id, int64_t token_expires_unix_s, const Now& now) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  connection_deadlines_.erase({at->second.closes_at_ns, id});
  at->second.closes_at_ns = token_deadline(token_expires_unix_s, now);
  connection_deadlines_.emplace(at->second.closes_at_ns, id);
}

void Conference::on_message(ConnectionId id, const signaling::ClientMessage& message,
                            const Now& now) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  Connection& connection = at->second;
  if (!connection.said_hello) return on_hello(id, connection, message, now);
  const auto room = rooms_.find(connection.meeting_id);
  if (room == rooms_.end()) return;
  room->second->on_message(connection.identity.participant_id, id, message, now);
}

void Conference::on_hello(ConnectionId id, Connection& connection,
                          const signaling::ClientMessage& message, const Now&) {
  const auto* hello = std::get_if<signaling::Hello>(&message);
  const auto room = rooms_.find(connection.meeting_id);
  if (hello == nullptr) {
    context_.outputs.push_back(
        Send{{id},
             signaling::ErrorMessage{ErrorCode::bad_request, "hello comes first",
                                     std::string(signaling::type_name(message))}});
    return;
  }
  if (room == rooms_.end()) return close(id, CloseCode::token_expired, "the meeting is over");
  switch (room->second->on_hello(id, connection.identity, *hello)) {
    case Admission::admitted:
      connection.said_hello = true;
      return;
    case Admission::token_void:
      return close(id, CloseCode::token_expired, "the token is void");
    case Admission::full:
      context_.outputs.push_back(
          Send{{id}, signaling::ErrorMessage{ErrorCode::too_many, "the meeting is full", "hello"}});
      return close(id, CloseCode::protocol_error, "the meeting is full");
  }
}

void Conference::close(ConnectionId id, CloseCode code, std::string reason) {
  context_.outputs.push_back(Close{id, code, std::move(reason)});
  forget(id);
}

void Conference::forget(ConnectionId id) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  connection_deadlines_.erase({at->second.closes_at_ns, id});
  connections_.erase(at);
}

void Conference::on_disconnected(ConnectionId id, const Now& now) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  const Connection connection = at->second;
  forget(id);
  if (!connection.said_hello) ++silent_;
  const auto room = rooms_.find(connection.meeting_id);
  if (room == rooms_.end() || !connection.said_hello) return;
  room->second->on_disconnected(connection.identity.participant_id, id, now);
}

MoveOutcome Conference::move(const Move& wish, const Now& now) {
  const auto from = rooms_.find(wish.meeting_id);
  if (from == rooms_.end()) return MoveOutcome::nobody;
  const auto& people = from->second->participants();
  const auto at = people.find(wish.participant_id);
  if (at == people.end()) return MoveOutcome::nobody;
  const ConnectionId connection = at->second.connection;
  Room* room = from->second.get();
  if (wish.to && wish.to->id != wish.meeting_id) {
    if (is_full(wish.to->id)) return MoveOutcome::full;
    Room& to = room_of(*wish.to, now);
    to.take_over(room->release(wish.participant_id, wish.to->id, now));
    room = &to;
  }
  if (wish.role) room->set_role(wish.participant_id, *wish.role);
  if (connection != 0) {
    Connection& moved = connections_.at(connection);
    moved.meeting_id = room->meeting().id;
    moved.identity = room->participants().at(wish.participant_id).identity;
  }
  return MoveOutcome::done;
}

std::string Conference::current_meeting(const std::string& meeting_id,
                                        const std::string& participant_id) const {
  std::string at = meeting_id;
  // From each meeting somebody was moved on once at most, and back to none: it ends.
  for (std::size_t moves = 0; moves <= rooms_.size(); ++moves) {
    const auto room = rooms_.find(at);
    const std::string* next =
        room == rooms_.end() ? nullptr : room->second->moved_to(participant_id);
    if (next == nullptr || !rooms_.contains(*next)) return at;
    at = *next;
  }
  return at;
}

const Participant* Conference::find(const std::string& meeting_id,
                                    const std::string& participant_id) const {
  const auto room = rooms_.find(current_meeting(meeting_id, participant_id));
  if (room == rooms_.end()) return nullptr;
  const auto at = room->second->participants().find(participant_id);
  return at == room->second->participants().end() ? nullptr : &at->second;
}

Room* Conference::room_of_report(const schema::AgentReport& report) {
  // Track ids and subscription ids begin with the endpoint's.
  std::string_view id;
  switch (report.report_case()) {
    case schema::AgentReport::kLocalDescription:
      id = report.local_description().endpoint_id();
      break;
    case schema::AgentReport::kDescriptionRefused:
      id = report.description_refused().endpoint_id();
      break;
    case schema::AgentReport::kEndpointState:
      id = report.endpoint_state().endpoint_id();
      break;
    case schema::AgentReport::kOfferWanted:
      id = report.offer_wanted().endpoint_id();
      break;
    case schema::AgentReport::kTrackState:
      id = report.track_state().endpoint_id();
      break;
    case schema::AgentReport::kSubscriptionState:
      id = report.subscription_state().subscription_id();
      break;
    case schema::AgentReport::kSpeakerLevel:
      id = report.speaker_level().track_id();
      break;
    default:
      return nullptr;
  }
  const auto meeting = context_.rooms_by_endpoint.find(std::string(id.substr(0, id.find('/'))));
  if (meeting == context_.rooms_by_endpoint.end()) return nullptr;
  const auto room = rooms_.find(meeting->second);
  return room == rooms_.end() ? nullptr : room->second.get();
}

void Conference::on_report(const schema::AgentReport& report, const Now& now) {
  if (report.has_node_state()) {
    node_ = report.node_state();
    return;
  }
  // A report about an endpoint that was closed meanwhile is no news.
  Room* room = room_of_report(report);
  if (room != nullptr) room->on_report(report, now);
}

void Conference::on_time(const Now& now) {
  while (!context_.wakes.empty() && context_.wakes.begin()->first <= now.monotonic_ns) {
    const std::string id = context_.wakes.begin()->second;
    context_.wakes.erase(context_.wakes.begin());
    const auto room = rooms_.find(id);
    if (room == rooms_.end()) continue;
    room->second->on_time(now);
    if (room->second->is_over()) rooms_.erase(room);
  }
  while (!connection_deadlines_.empty() &&
         connection_deadlines_.begin()->first <= now.monotonic_ns) {
    const ConnectionId id = connection_deadlines_.begin()->second;
    connection_deadlines_.erase(connection_deadlines_.begin());
    const auto at = connections_.find(id);
    if (at == connections_.end()) continue;
    if (!at->second.said_hello) {
      ++silent_;
      close(id, CloseCode::protocol_error, "no hello");
    } else if (at->second.closes_at_ns <= now.monotonic_ns) {
      // The participant stays: its media lives, and it may come back with a token.
      context_.outputs.push_back(Close{id, CloseCode::token_expired, "the token has expired"});
      on_disconnected(id, now);
    }
  }
}

schema::JournalRecord Conference::record_of(const std::string& meeting_id,
                                            const std::string& participant_id) const {
  schema::JournalRecord gone;
  gone.set_key(participant_id.empty() ? room_key(meeting_id)
                                      : participant_key(meeting_id, participant_id));
  const auto room = rooms_.find(meeting_id);
  if (room == rooms_.end() || room->second->is_over()) return gone;
  if (participant_id.empty()) return room->second->to_journal();
  const auto& people = room->second->participants();
  const auto p = people.find(participant_id);
  return p == people.end() ? gone : room->second->to_journal(p->second);
}

void Conference::write_journal() {
  for (const auto& [meeting_id, participant_id] : context_.touched) {
    context_.outputs.push_front(record_of(meeting_id, participant_id));
  }
  context_.touched.clear();
}

std::optional<Output> Conference::poll_output() {
  if (!context_.touched.empty()) write_journal();
  if (context_.outputs.empty()) return std::nullopt;
  Output output = std::move(context_.outputs.front());
  context_.outputs.pop_front();
  return output;
}

std::optional<TimeNs> Conference::next_deadline() const {
  std::optional<TimeNs> next;
  if (!context_.wakes.empty()) next = context_.wakes.begin()->first;
  if (!connection_deadlines_.empty()) {
    const TimeNs at = connection_deadlines_.begin()->first;
    if (!next || at < *next) next = at;
  }
  return next;
}

Stats Conference::stats() const {
  Stats stats{rooms_.size(), 0, connections_.size(), silent_};
  for (const auto& [id, room] : rooms_) stats.participants += room->participants().size();
  return stats;
}

bool Conference::is_full(const std::string& meeting_id) const {
  const auto room = rooms_.find(meeting_id);
  return room != rooms_.end() &&
         room->second->participants().size() >= context_.policy.participants_per_meeting_max;
}

}  // namespace sluice::conference
