// Participants who change rooms or roles without a new connection: what breakout rooms and webinars
// stand on. Media is switched by table writes; nothing is negotiated.
#include <utility>

#include "controlplane/conference/agent_requests.h"
#include "controlplane/conference/room.h"

namespace sluice::conference {

using signaling::Departure;
using signaling::Role;
using signaling::Source;

Participant Room::release(const std::string& participant_id, const std::string& to_meeting,
                          const Now& now) {
  Participant& p = participants_.at(participant_id);
  for (const auto& [key, s] : p.subscriptions) context_.outputs.push_back(unsubscribe(s.id));
  forget_subscriptions(p);
  unsubscribe_others_from(p);
  tell_all_of(p, signaling::UserLeft{participant_id, Departure::moved}, &p);
  touch(p);
  for (const TransportState* transport : {&p.publish, &p.receive}) {
    participants_by_endpoint_.erase(transport->endpoint_id);
  }
  Participant out = std::move(participants_.extract(participant_id).mapped());
  moved_[participant_id] = to_meeting;
  touch();
  note_departure(participant_id, now);
  update_players();
  return out;
}

void Room::take_over(Participant&& participant) {
  const std::string id = participant.id();
  moved_.erase(id);  // it came back
  Participant& p = participants_[id] = std::move(participant);
  roles_[id] = p.identity.role;
  forget_at_ns_.reset();
  used_ = true;
  for (const TransportState* transport : {&p.publish, &p.receive}) {
    if (!transport->is_open()) continue;
    participants_by_endpoint_[transport->endpoint_id] = id;
    context_.rooms_by_endpoint[transport->endpoint_id] = meeting_.id;
  }
  p.view.reset();
  p.speech = {};
  if (p.resume_by_ns) wake_at(*p.resume_by_ns);
  if (p.lost_at_ns) wake_at(*p.lost_at_ns);
  touch();
  touch(p);
  update_codecs(&p);
  tell_all_of(p, signaling::UserJoined{participant_view(p)}, &p);
  if (p.connection != 0) {
    context_.outputs.push_back(Reissue{p.connection, meeting_.id, p.identity.role});
    welcome(p, true);
  }
  subscribe_others_to(p);
  subscribe_all(p);
  update_players();
}

void Room::set_role(const std::string& participant_id, Role role) {
  Participant& p = participants_.at(participant_id);
  if (p.identity.role == role) return;
  p.identity.role = role;
  roles_[participant_id] = role;
  touch();
  touch(p);
  if (!p.may_publish()) close_transport(p, p.publish);
  tell_all_of(p, signaling::RoleChanged{participant_id, role});
  if (p.connection != 0) context_.outputs.push_back(Reissue{p.connection, meeting_.id, role});
}

const std::string* Room::moved_to(const std::string& participant_id) const {
  const auto at = moved_.find(participant_id);
  return at == moved_.end() ? nullptr : &at->second;
}

}  // namespace sluice::conference
