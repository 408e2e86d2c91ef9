#include "controlplane/agent/publish_transport.h"

#include "controlplane/agent/codec_match.h"

namespace sluice::agent {
PublishTransport::PublishTransport(Node& node, Tracks& tracks, std::string endpoint_id)
    : node_(node),
      tracks_(tracks),
      endpoint_(node, std::move(endpoint_id)),
      session_id_(std::to_string(node.identities.make_id() >> 1)) {}

PublishTransport::~PublishTransport() {
  if (endpoint_.ref()) node_.journal.erase(transport_key(endpoint_.id()));
}

Status PublishTransport::open(const schema::OpenEndpoint& request) {
  if (const Status s = endpoint_.open(true, false); !s) return s;
  reopen(request);
  return {};
}

bool PublishTransport::adopt(const StandingEndpoint& standing,
                             const schema::JournaledTransport& known) {
  if (!endpoint_.adopt(standing.endpoint.ref, known)) return false;
  generation_ = known.generation();
  allowed_ = codecs_of(std::vector<std::string>(known.codecs().begin(), known.codecs().end()));
  session_id_ = known.session_id();
  version_ = known.version();
  negotiation_ = known.negotiation();
  for (const auto& row : standing.tracks) {
    track_ids_.insert(tracks_.adopt(endpoint_.id(), row.ref, row.record));
  }
  return true;
}

void PublishTransport::remember() const {
  schema::JournalRecord record;
  record.set_key(transport_key(endpoint_.id()));
  schema::JournaledTransport& t = *record.mutable_transport();
  endpoint_.remember(t);
  t.set_role(schema::OpenEndpoint::PUBLISH);
  t.set_generation(generation_);
  for (const Codec c : allowed_) t.add_codecs(std::string(name_of(c)));
  t.set_session_id(session_id_);
  t.set_version(version_);
  t.set_negotiation(negotiation_);
  node_.journal.put(record);
}

void PublishTransport::reopen(const schema::OpenEndpoint& request) {
  if (request.generation() < generation_) return;
  generation_ = request.generation();
  allowed_ = codecs_of(
      std::vector<std::string>(request.allowed_codecs().begin(), request.allowed_codecs().end()));
  remember();
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
    remember();
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
  auto wanted = wanted_tracks(*answer, offer);
  if (!wanted) return wanted.error();
  if (const Status s = endpoint_.take_offered(*answer); !s) return s;
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

Status PublishTransport::move(uint8_t worker) {
  if (worker == endpoint_.record().home_worker) return {};
  shm::Belongings all;
  for (const std::string& id : track_ids_) all.tracks.push_back(tracks_.find(id)->ref);
  if (const Status s = endpoint_.move(worker, all); !s) return s;
  schema::AgentReport report;
  report.mutable_offer_wanted()->set_endpoint_id(endpoint_.id());
  node_.report(std::move(report));
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
