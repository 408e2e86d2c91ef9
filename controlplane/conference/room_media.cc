// Transports and tracks: what the room asks of the agent and what the agent reports.
#include <algorithm>
#include <utility>

#include "controlplane/conference/agent_requests.h"
#include "controlplane/conference/room.h"

namespace sluice::conference {

using signaling::Departure;
using signaling::Source;
using signaling::Transport;
using signaling::TransportPhase;

void Room::open_publish_transport(Participant& p) {
  if (p.publish.is_broken()) close_transport(p, p.publish);
  if (p.publish.is_open() && p.allowed_codecs == codecs_) return;
  if (!p.publish.is_open()) {
    p.publish.endpoint_id = context_.make_id();
    participants_by_endpoint_[p.publish.endpoint_id] = p.id();
    context_.rooms_by_endpoint[p.publish.endpoint_id] = meeting_.id;
  }
  p.allowed_codecs = codecs_;
  touch(p);
  context_.outputs.push_back(
      open_publish(p.publish.endpoint_id, ++p.publish.generation, p.allowed_codecs));
}

void Room::open_receive_transport(Participant& p) {
  if (p.receive.is_broken()) close_transport(p, p.receive);
  if (p.decode.empty()) return;
  if (!p.receive.is_open()) {
    p.receive.endpoint_id = context_.make_id();
    participants_by_endpoint_[p.receive.endpoint_id] = p.id();
    context_.rooms_by_endpoint[p.receive.endpoint_id] = meeting_.id;
  }
  context_.outputs.push_back(open_receive(p.receive.endpoint_id, role_of_receiver(p),
                                          ++p.receive.generation, p.decode,
                                          feedback_of_receivers()));
  touch(p);
}

schema::OpenEndpoint::Role Room::role_of_receiver(const Participant& p) {
  return p.plays ? schema::OpenEndpoint::PLAY : schema::OpenEndpoint::RECEIVE;
}

schema::OpenEndpoint::Feedback Room::feedback_of_receivers() const {
  const Policy& policy = context_.policy;
  const bool transport_wide = policy.receiver_feedback == ReceiverFeedback::transport_wide ||
                              (policy.receiver_feedback == ReceiverFeedback::by_audience &&
                               participants_.size() <= policy.transport_wide_audience_max);
  return transport_wide ? schema::OpenEndpoint::TRANSPORT_WIDE : schema::OpenEndpoint::REPORTS;
}

void Room::close_transport(Participant& p, TransportState& transport) {
  if (!transport.is_open()) return;
  if (&transport == &p.publish) {
    for (std::size_t i = 0; i < signaling::source_count; ++i) {
      end_track(p, static_cast<Source>(i));
    }
  } else {
    forget_subscriptions(p);
    p.unanswered_offer.reset();
  }
  participants_by_endpoint_.erase(transport.endpoint_id);
  context_.rooms_by_endpoint.erase(transport.endpoint_id);
  context_.outputs.push_back(close_endpoint(transport.endpoint_id));
  transport = {};
  touch(p);
}

Participant* Room::owner_of(const std::string& endpoint_id) {
  const auto at = participants_by_endpoint_.find(endpoint_id);
  return at == participants_by_endpoint_.end() ? nullptr : &participants_.at(at->second);
}

void Room::on_report(const schema::AgentReport& report, const Now& now) {
  switch (report.report_case()) {
    case schema::AgentReport::kLocalDescription:
      return on(report.local_description());
    case schema::AgentReport::kDescriptionRefused:
      return on(report.description_refused());
    case schema::AgentReport::kOfferWanted:
      return on(report.offer_wanted());
    case schema::AgentReport::kEndpointState:
      return on(report.endpoint_state(), now);
    case schema::AgentReport::kTrackState:
      return on(report.track_state());
    case schema::AgentReport::kSubscriptionState:
      return on(report.subscription_state());
    case schema::AgentReport::kSpeakerLevel:
      return on(report.speaker_level(), now);
    default:
      return;
  }
}

void Room::on(const schema::LocalDescription& r) {
  Participant* p = owner_of(r.endpoint_id());
  if (p == nullptr) return;
  if (r.endpoint_id() == p->publish.endpoint_id || p->plays) {
    return tell(*p, signaling::PublishAnswer{r.negotiation(), r.sdp()});
  }
  p->unanswered_offer = signaling::ReceiveOffer{r.negotiation(), r.sdp(), r.endpoint_id()};
  tell(*p, *p->unanswered_offer);
}

void Room::on(const schema::DescriptionRefused& r) {
  const Participant* p = owner_of(r.endpoint_id());
  if (p == nullptr) return;
  const bool publishes = r.endpoint_id() == p->publish.endpoint_id;
  tell(*p, signaling::Refused{r.negotiation(), publishes ? Transport::publish : Transport::receive,
                              r.reason()});
}

void Room::on(const schema::OfferWanted& r) {
  Participant* p = owner_of(r.endpoint_id());
  if (p == nullptr) return;
  p->owes_publish_offer = true;
  tell(*p, signaling::IceRestartWanted{Transport::publish});
}

void Room::on(const schema::EndpointState& r, const Now& now) {
  Participant* p = owner_of(r.endpoint_id());
  if (p == nullptr) return;
  const bool publishes = r.endpoint_id() == p->publish.endpoint_id;
  const bool had_media = p->has_media();
  TransportState& transport = publishes ? p->publish : p->receive;
  if (transport.phase == r.phase()) return;
  transport.phase = r.phase();
  transport.reason = r.reason();
  touch(*p);
  if (r.phase() != schema::EndpointState::NEW && r.phase() != schema::EndpointState::PHASE_NONE) {
    const TransportPhase phase =
        r.phase() == schema::EndpointState::CONNECTED ? TransportPhase::connected
        : r.phase() == schema::EndpointState::SILENT  ? TransportPhase::silent
                                                      : TransportPhase::failed;
    tell(*p, signaling::TransportChanged{publishes ? Transport::publish : Transport::receive, phase,
                                         r.reason()});
  }
  if (p->hidden && p->has_media()) show(*p);
  if (p->connection != 0) return;
  if (p->has_media()) {
    p->lost_at_ns.reset();
  } else if (had_media) {
    remove(*p, Departure::lost, now);
  }
}

void Room::show(Participant& p) {
  p.hidden = false;
  touch(p);
  update_codecs(&p);
  tell_all(signaling::UserJoined{participant_view(p)}, &p);
  if (p.source(Source::screen).track) tell_all(signaling::ScreenshareStarted{p.id()});
  subscribe_others_to(p);
  update_players();
}

void Room::on(const schema::TrackState& r) {
  Participant* p = owner_of(r.endpoint_id());
  const auto source = from_schema(r.source());
  if (p == nullptr || !source || r.endpoint_id() != p->publish.endpoint_id) return;
  PublishedSource& published = p->source(*source);
  if (r.ended()) {
    if (published.track && published.track->track_id == r.track_id()) end_track(*p, *source);
    return;
  }
  // Another m-line took over the source: its subscriptions begin anew.
  if (published.track && published.track->track_id != r.track_id()) end_track(*p, *source);
  const bool is_new = !published.track;
  const bool changed =
      is_new || published.track->codec != r.codec() || published.track->csrc != r.csrc();
  published.track = PublishedTrack{r.track_id(), r.codec(), r.csrc()};
  touch(*p);
  if (is_new && published.host_muted) {
    context_.outputs.push_back(set_track_muted(r.track_id(), true, ++published.mute_generation));
  }
  if (changed) tell_all_of(*p, signaling::TrackChanged{p->id(), track_view(*p, *source), false});
  if (!is_new) return;
  const auto begins = [&](const PublishedSource& s) { return &s == &published || !s.track; };
  if (std::all_of(p->sources.begin(), p->sources.end(), begins)) {
    p->publishes_since = ++publishers_seen_;
    touch(*p);
  }
  if (*source == Source::screen) tell_all_of(*p, signaling::ScreenshareStarted{p->id()});
  for (auto& [id, receiver] : participants_) subscribe(receiver, *p, *source);
  update_players();
}

void Room::end_track(Participant& p, Source source) {
  PublishedSource& published = p.source(source);
  if (!published.track) return;
  for (auto& [id, receiver] : participants_) {
    const std::size_t before = receiver.subscriptions.size();
    unsubscribe_from(receiver, p, source, true);
    if (receiver.subscriptions.size() != before) ask_again(receiver);
  }
  const signaling::TrackView last = track_view(p, source);
  published.track.reset();
  touch(p);
  tell_all_of(p, signaling::TrackChanged{p.id(), last, true});
  if (source == Source::screen) tell_all_of(p, signaling::ScreenshareStopped{p.id()});
  if (source == Source::microphone) p.speech = {};
  update_players();
}

void Room::on(const schema::SubscriptionState& r) {
  // The id begins with the receiver's endpoint: room_subscriptions.cc.
  Participant* p = owner_of(r.subscription_id().substr(0, r.subscription_id().find('/')));
  if (p == nullptr) return;
  const auto key = p->subscription_keys.find(r.subscription_id());
  if (key == p->subscription_keys.end()) return;
  Subscription& s = p->subscriptions.at(key->second);
  switch (r.phase()) {
    case schema::SubscriptionState::WAITING:
      s.phase = signaling::Phase::waiting;
      break;
    case schema::SubscriptionState::OPEN:
      s.phase = signaling::Phase::open;
      break;
    case schema::SubscriptionState::UNDECODABLE:
      s.phase = signaling::Phase::undecodable;
      break;
    case schema::SubscriptionState::REFUSED:
      s.phase = signaling::Phase::refused;
      break;
    case schema::SubscriptionState::ENDED:
      s.phase = signaling::Phase::ended;
      break;
    default:
      return;
  }
  s.mid = r.mid();
  s.codec = r.codec();
  s.reason = r.reason();
  tell(*p, signaling::SubscriptionChanged{key->second.first, key->second.second, *s.phase, s.mid,
                                          s.codec, s.reason});
}

void Room::on(const schema::SpeakerLevel& r, const Now& now) {
  // Track ids begin with the endpoint's (agent.proto).
  Participant* p = owner_of(r.track_id().substr(0, r.track_id().find('/')));
  if (p == nullptr) return;
  const PublishedSource& microphone = p->source(Source::microphone);
  if (!microphone.track || microphone.track->track_id != r.track_id()) return;
  if (p->speech.speaking == r.speaking() && p->speech.level == r.level()) return;
  p->speech.speaking = r.speaking();
  p->speech.level = r.level();
  const TimeNs due = p->speech.told_at_ns + context_.policy.speaking_interval_ns;
  if (p->speech.told_at_ns == 0 || now.monotonic_ns >= due) return tell_speech(*p, now);
  if (p->speech.told) wake_at(due);
  p->speech.told = false;
}

void Room::tell_speech(Participant& p, const Now& now) {
  p.speech.told = true;
  p.speech.told_at_ns = now.monotonic_ns;
  tell_all_of(p, signaling::Speaking{p.id(), p.speech.speaking, p.speech.level});
}

}  // namespace sluice::conference
