#include "controlplane/conference/room.h"

#include <utility>

#include "controlplane/conference/agent_requests.h"

namespace sluice::conference {

using signaling::CloseCode;
using signaling::Departure;
using signaling::Source;

Room::Room(RoomContext& context, Meeting meeting, const Now& now)
    : context_(context), meeting_(std::move(meeting)), codecs_(meeting_.codecs) {
  forget_at_ns_ = now.monotonic_ns + context_.policy.unused_meeting_ns;
  wake_at(*forget_at_ns_);
  touch();
}

Admission Room::on_hello(ConnectionId connection, const Identity& identity,
                         const signaling::Hello& hello) {
  if (meeting_.voided.contains(identity.participant_id)) return Admission::token_void;
  const auto earlier = participants_.find(identity.participant_id);
  const bool is_new = earlier == participants_.end();
  if (is_new && participants_.size() >= context_.policy.participants_per_meeting_max) {
    return Admission::full;
  }
  Participant& p = is_new ? participants_[identity.participant_id] : earlier->second;
  const bool was_away = !is_new && p.connection == 0;
  if (p.connection != 0) {
    context_.outputs.push_back(Close{p.connection, CloseCode::replaced, "a newer connection"});
  }
  p.connection = 0;  // hears nothing before its welcome
  p.identity = identity;
  if (is_new) p.hidden = hello.shown_with_media;
  if (const auto given = roles_.find(p.id()); given != roles_.end()) {
    p.identity.role = given->second;
  }
  p.lost_at_ns.reset();
  p.resume_by_ns.reset();
  forget_at_ns_.reset();
  used_ = true;
  touch();
  if (!hello.resume) {
    close_transport(p, p.publish);
    close_transport(p, p.receive);
  }
  const bool resumed = p.publish.is_usable() || p.receive.is_usable();

  const CodecNames decode = canonical_codecs(hello.decode);
  const bool decodes_other = decode != p.decode;
  p.decode = decode;
  p.connection = connection;
  touch(p);
  update_codecs(&p);
  if (is_new) tell_all_of(p, signaling::UserJoined{participant_view(p)}, &p);
  if (was_away) tell_all_of(p, signaling::StateChanged{p.id(), p.presence()}, &p);
  welcome(p, resumed);
  // It broke while the client was away. Of the receive transport an offer of another one tells.
  if (resumed && p.publish.is_broken()) {
    tell(p, signaling::TransportChanged{signaling::Transport::publish,
                                        signaling::TransportPhase::failed, p.publish.reason});
  }
  if (!p.receive.is_usable() || decodes_other) open_receive_transport(p);
  repeat_what_was_missed(p);
  subscribe_all(p);
  return Admission::admitted;
}

void Room::welcome(Participant& p, bool resumed) {
  signaling::Welcome message;
  message.participant_id = p.id();
  message.role = p.identity.role;
  message.resumed = resumed;
  message.meeting_id = meeting_.id;
  message.meeting_name = meeting_.name;
  message.codecs = codecs_;
  for (const auto& [id, other] : participants_) {
    if (!other.hidden || &other == &p) message.participants.push_back(participant_view(other));
  }
  tell(p, std::move(message));
}

void Room::repeat_what_was_missed(Participant& p) {
  if (p.unanswered_offer) tell(p, *p.unanswered_offer);
  if (p.owes_publish_offer) tell(p, signaling::IceRestartWanted{signaling::Transport::publish});
  for (const auto& [key, s] : p.subscriptions) {
    if (!s.phase) continue;
    tell(p,
         signaling::SubscriptionChanged{key.first, key.second, *s.phase, s.mid, s.codec, s.reason});
  }
}

void Room::on_message(const std::string& participant_id, ConnectionId connection,
                      const signaling::ClientMessage& message, const Now& now) {
  const auto at = participants_.find(participant_id);
  if (at == participants_.end() || at->second.connection != connection) return;
  std::visit([&](const auto& m) { on(at->second, m, now); }, message);
}

void Room::on_disconnected(const std::string& participant_id, ConnectionId connection,
                           const Now& now) {
  const auto at = participants_.find(participant_id);
  if (at == participants_.end() || at->second.connection != connection) return;
  Participant& p = at->second;
  p.connection = 0;
  tell_all_of(p, signaling::StateChanged{p.id(), p.presence()});
  if (p.has_media()) return;
  p.lost_at_ns = now.monotonic_ns + context_.policy.absence_ns;
  wake_at(*p.lost_at_ns);
}

void Room::on_time(const Now& now) {
  for (auto at = participants_.begin(); at != participants_.end();) {
    Participant& p = (at++)->second;  // removing one leaves the others where they are
    const TimeNs speech_due = p.speech.told_at_ns + context_.policy.speaking_interval_ns;
    if (!p.speech.told && now.monotonic_ns >= speech_due) tell_speech(p, now);
    const bool lost = (p.lost_at_ns && now.monotonic_ns >= *p.lost_at_ns) ||
                      (p.resume_by_ns && now.monotonic_ns >= *p.resume_by_ns);
    if (lost) remove(p, Departure::lost, now);
  }
  if (!forget_at_ns_ || now.monotonic_ns < *forget_at_ns_) return;
  over_ = true;
  touch();
  context_.outputs.push_back(ForgetMeeting{meeting_.id});
}

void Room::remove(Participant& p, Departure reason, const Now& now) {
  p.connection = 0;  // its last words have been said
  unsubscribe_others_from(p);
  close_transport(p, p.publish);
  close_transport(p, p.receive);
  tell_all_of(p, signaling::UserLeft{p.id(), reason});
  const std::string id = p.id();
  touch(p);
  participants_.erase(id);
  note_departure(id, now);
}

void Room::unsubscribe_others_from(const Participant& p) {
  // At once, so that their streams are free before anything else wants one.
  for (auto& [id, other] : participants_) {
    if (&other == &p) continue;
    const std::size_t before = other.subscriptions.size();
    for (std::size_t i = 0; i < signaling::source_count; ++i) {
      unsubscribe_from(other, p, static_cast<Source>(i), false);
    }
    if (other.subscriptions.size() != before) ask_again(other);
  }
}

void Room::note_departure(const std::string& participant_id, const Now& now) {
  roles_.erase(participant_id);
  update_codecs(nullptr);
  if (!participants_.empty()) return;
  forget_at_ns_ = now.monotonic_ns + context_.policy.empty_meeting_ns;
  wake_at(*forget_at_ns_);
}

void Room::update_codecs(const Participant* except) {
  std::vector<const CodecNames*> members;
  for (const auto& [id, p] : participants_) {
    if (!p.hidden && !p.decode.empty()) members.push_back(&p.decode);
  }
  CodecNames codecs = common_codecs(meeting_.codecs, members);
  if (codecs == codecs_) return;
  codecs_ = std::move(codecs);
  tell_all(signaling::CodecsChanged{codecs_}, except);
}

void Room::wake_at(TimeNs at) {
  context_.wakes.emplace(at, meeting_.id);
}

void Room::tell(const Participant& p, signaling::ServerMessage message) {
  if (p.connection == 0) return;
  context_.outputs.push_back(Send{{p.connection}, std::move(message)});
}

void Room::tell_all(signaling::ServerMessage message, const Participant* except) {
  Send send;
  for (const auto& [id, p] : participants_) {
    if (p.connection != 0 && &p != except) send.to.push_back(p.connection);
  }
  if (send.to.empty()) return;
  send.message = std::move(message);
  context_.outputs.push_back(std::move(send));
}

void Room::tell_all_of(const Participant& p, signaling::ServerMessage message,
                       const Participant* except) {
  if (!p.hidden) tell_all(std::move(message), except);
}

void Room::refuse(const Participant& p, signaling::ErrorCode code, std::string_view message,
                  std::string_view in_reply_to) {
  tell(p, signaling::ErrorMessage{code, std::string(message), std::string(in_reply_to)});
}

}  // namespace sluice::conference
