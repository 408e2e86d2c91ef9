#include "controlplane/agent/publish_transport.h"

#include "controlplane/agent/codec_match.h"

namespace sluice::agent {

PublishTransport::PublishTransport(Node& node, Tracks& tracks, std::string endpoint_id)
    : node_(node),
      tracks_(tracks),
      endpoint_(node, std::move(endpoint_id)),
      session_id_(std::to_string(node.identities.make_id() >> 1)) {}

Status PublishTransport::open(const schema::OpenEndpoint& request) {
  reopen(request);
  return endpoint_.open(true, false);
}

void PublishTransport::reopen(const schema::OpenEndpoint& request) {
  if (request.generation() < generation_) return;
  generation_ = request.generation();
  allowed_ = codecs_of(
      std::vector<std::string>(request.allowed_codecs().begin(), request.allowed_codecs().end()));
}

void PublishTransport::on_offer(const schema::RemoteDescription& offer,
                                const std::function<void(const std::string&)>& on_track_end) {
  const uint64_t n = offer.negotiation();
  if (n < negotiation_) return;
  if (n == negotiation_ && offer.sdp() == offer_sdp_ && !answer_sdp_.empty())
    return report_answer();
  const Status s = take(offer, on_track_end);
  if (s) {
    negotiation_ = n;
    offer_sdp_ = offer.sdp();
    return report_answer();
  }
  schema::AgentReport report;
  auto& refused = *report.mutable_description_refused();
  refused.set_endpoint_id(endpoint_.id());
  refused.set_negotiation(n);
  refused.set_reason(s.error().message);
  node_.report(std::move(report));
}

Status PublishTransport::take(const schema::RemoteDescription& offer,
                              const std::function<void(const std::string&)>& on_track_end) {
  auto parsed = proto::sdp::parse_description(offer.sdp());
  if (!parsed) return parsed.error();
  std::set<std::string> named;
  for (const auto& [mid, source] : offer.sources()) named.insert(mid);
  auto answer = answer_publish(*parsed, allowed_, named);
  if (!answer) return answer.error();
  if (answer->ice_ufrag.empty() || answer->ice_pwd.empty())
    return Error{"no a=ice-ufrag or a=ice-pwd"};
  auto wanted = wanted_tracks(*answer, offer);
  if (!wanted) return wanted.error();
  if (const Status s = endpoint_.set_remote(answer->fingerprints, answer->setup, true); !s)
    return s;
  // RFC 8445 s9: both values change at a restart.
  if (!remote_ufrag_.empty() && remote_ufrag_ != answer->ice_ufrag &&
      remote_pwd_ != answer->ice_pwd) {
    if (const Status s = endpoint_.restart_ice(); !s) return s;
  }
  remote_ufrag_ = answer->ice_ufrag;
  remote_pwd_ = answer->ice_pwd;
  shm::EndpointRecord record = endpoint_.record();
  shm::NegotiationRecord negotiation = endpoint_.negotiation();
  negotiation.recv_payloads = answer->recv_payloads;
  negotiation.recv_extensions = answer->recv_extensions;
  record.transport_feedback = answer->transport_feedback ? 1 : 0;
  record.reduced_size_rtcp = answer->reduced_size_rtcp ? 1 : 0;
  if (const Status s = endpoint_.change_record(record, negotiation); !s) return s;
  if (const Status s = take_tracks(*wanted, on_track_end); !s) return s;
  answer->description.session_id = session_id_;
  answer->description.version = ++version_;
  endpoint_.fill_transport(answer->description, endpoint_.local_setup());
  answer_sdp_ = proto::sdp::write_description(answer->description);
  return {};
}

Result<std::map<std::string, PublishTransport::Wanted>> PublishTransport::wanted_tracks(
    const PublishAnswer& answer, const schema::RemoteDescription& offer) {
  std::map<std::string, Wanted> wanted;
  std::size_t fresh = 0;
  for (const PublishedTrack& t : answer.tracks) {
    const auto named = offer.sources().find(t.mid);
    const auto source = named == offer.sources().end() ? schema::SOURCE_NONE : named->second;
    if (!schema::TrackSource_IsValid(source)) return Error{"mid " + t.mid + ": unknown source"};
    auto record = tracks_.build(endpoint_.ref(), t, source);
    if (!record) return Error{"mid " + t.mid + ": " + record.error().message};
    const std::string id = track_id_of(endpoint_.id(), t.mid);
    // A track keeps its kind; an m-line that was recycled with another one ends the old track
    // first.
    const PublishedSource* known = tracks_.find(id);
    if (known == nullptr || known->record.kind != t.kind) ++fresh;
    wanted[id] = {*record, source};
  }
  if (fresh > node_.plane.publisher().free_count(shm::TableId::track)) {
    return Error{"this node has no room for another track"};
  }
  return wanted;
}

Status PublishTransport::take_tracks(const std::map<std::string, Wanted>& wanted,
                                     const std::function<void(const std::string&)>& on_track_end) {
  const std::set<std::string> before = track_ids_;
  for (const std::string& id : before) {
    const auto still = wanted.find(id);
    const PublishedSource* known = tracks_.find(id);
    const bool same_kind = still != wanted.end() && known != nullptr &&
                           known->record.kind == still->second.record.kind;
    if (same_kind) continue;
    on_track_end(id);
    tracks_.end(id);
    track_ids_.erase(id);
  }
  for (const auto& [id, w] : wanted) {
    if (const Status s = tracks_.put(endpoint_.id(), w.record, w.source); !s) return s;
    track_ids_.insert(id);
  }
  return {};
}

void PublishTransport::report_answer() {
  schema::AgentReport report;
  auto& answer = *report.mutable_local_description();
  answer.set_endpoint_id(endpoint_.id());
  answer.set_negotiation(negotiation_);
  answer.set_type("answer");
  answer.set_sdp(answer_sdp_);
  node_.report(std::move(report));
}

}  // namespace sluice::agent
