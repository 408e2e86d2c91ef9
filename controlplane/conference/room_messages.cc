// What a client may ask of its room.
#include <utility>

#include "controlplane/conference/agent_requests.h"
#include "controlplane/conference/room.h"

namespace sluice::conference {

using signaling::CloseCode;
using signaling::Departure;
using signaling::ErrorCode;

void Room::on(Participant& p, const signaling::Hello&, const Now&) {
  refuse(p, ErrorCode::bad_request, "hello was said before", "hello");
}

void Room::on(Participant& p, const signaling::PublishOffer& m, const Now&) {
  if (!p.may_publish()) {
    return refuse(p, ErrorCode::forbidden, "an attendee sends nothing", "publish_offer");
  }
  p.owes_publish_offer = false;
  open_publish_transport(p);
  context_.outputs.push_back(remote_offer(p.publish.endpoint_id, m.negotiation, m.sdp, m.sources));
}

void Room::on(Participant& p, const signaling::ReceiveAnswer& m, const Now&) {
  const bool fits = p.unanswered_offer && p.unanswered_offer->negotiation == m.negotiation &&
                    (m.transport_id.empty() || m.transport_id == p.receive.endpoint_id);
  if (!fits) {
    return refuse(p, ErrorCode::bad_request, "negotiation: no such offer waits for an answer",
                  "receive_answer");
  }
  p.unanswered_offer.reset();
  context_.outputs.push_back(remote_answer(p.receive.endpoint_id, m.negotiation, m.sdp));
}

void Room::on(Participant& p, const signaling::Candidate& m, const Now&) {
  const TransportState& transport = p.transport(m.transport);
  if (!transport.is_usable()) return;  // trickled before the offer; checks will tell the address
  context_.outputs.push_back(remote_candidate(transport.endpoint_id, m.mid, m.candidate));
}

void Room::on(Participant& p, const signaling::RestartIce& m, const Now&) {
  TransportState& transport = p.transport(m.transport);
  if (m.transport == signaling::Transport::receive && !transport.is_usable()) {
    open_receive_transport(p);
    subscribe_all(p);
  } else if (transport.is_usable()) {
    context_.outputs.push_back(restart_ice(transport.endpoint_id));
  }
}

void Room::on(Participant& p, const signaling::Mute& m, const Now&) {
  PublishedSource& source = p.source(m.source);
  const bool before = source.muted();
  source.self_muted = m.muted;
  touch(p);
  if (!m.muted && source.host_muted) {
    source.host_muted = false;
    if (source.track) {
      context_.outputs.push_back(
          set_track_muted(source.track->track_id, false, ++source.mute_generation));
    }
  }
  if (source.muted() == before) return;
  tell_all_of(p, signaling::MuteChanged{p.id(), m.source, source.muted(), p.id()});
}

void Room::on(Participant& p, const signaling::View& m, const Now&) {
  p.view.emplace();
  for (const signaling::Tile& tile : m.tiles) {
    if (signaling::is_audio(tile.source)) continue;
    uint8_t& cap = (*p.view)[{tile.participant_id, tile.source}];
    cap = std::max(cap, tile.encoding_cap);
  }
  touch(p);
  subscribe_all(p);
}

Participant* Room::host_target(const Participant& host, const std::string& target_id,
                               std::string_view request) {
  if (!host.is_host()) {
    refuse(host, ErrorCode::forbidden, "only a host may do this", request);
    return nullptr;
  }
  const auto at = participants_.find(target_id);
  if (at != participants_.end()) return &at->second;
  refuse(host, ErrorCode::not_found, "participant_id: nobody of that name is here", request);
  return nullptr;
}

void Room::on(Participant& p, const signaling::HostMute& m, const Now&) {
  Participant* target = host_target(p, m.participant_id, "host_mute");
  if (target == nullptr) return;
  PublishedSource& source = target->source(m.source);
  if (!source.track) {
    return refuse(p, ErrorCode::not_found, "source: the participant does not send it", "host_mute");
  }
  if (source.host_muted) return;
  const bool before = source.muted();
  source.host_muted = true;
  touch(*target);
  context_.outputs.push_back(
      set_track_muted(source.track->track_id, true, ++source.mute_generation));
  if (!before) tell_all_of(*target, signaling::MuteChanged{target->id(), m.source, true, p.id()});
}

void Room::on(Participant& p, const signaling::HostRemove& m, const Now& now) {
  Participant* target = host_target(p, m.participant_id, "host_remove");
  if (target == nullptr) return;
  meeting_.voided.insert(target->id());
  touch();
  context_.outputs.push_back(VoidParticipant{meeting_.id, target->id()});
  tell(*target, signaling::Removed{p.id()});
  if (target->connection != 0) {
    context_.outputs.push_back(
        Close{target->connection, CloseCode::removed, "removed by the host"});
  }
  remove(*target, Departure::removed, now);
}

void Room::on(Participant& p, const signaling::Chat& m, const Now& now) {
  tell_all(signaling::ChatSaid{p.id(), p.identity.name, m.text, now.unix_ms});
}

void Room::on(Participant&, const signaling::RenewToken&, const Now&) {
  // Tokens are signaling's: it answers this one before it gets here.
}

void Room::on(Participant& p, const signaling::Leave& m, const Now& now) {
  context_.outputs.push_back(Close{p.connection, CloseCode::normal, "left"});
  remove(p, m.lost ? Departure::lost : Departure::left, now);
}

}  // namespace sluice::conference
