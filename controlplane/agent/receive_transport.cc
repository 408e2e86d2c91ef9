#include "controlplane/agent/receive_transport.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "controlplane/agent/codec_match.h"
#include "controlplane/agent/play_answer.h"

namespace sluice::agent {
namespace {

// An m-line must name a payload type, also when the client decodes none of its kind.
std::vector<Codec> with_video(std::vector<Codec> codecs) {
  const auto is_video = [](Codec c) { return kind_of(c) == MediaKind::video; };
  if (std::none_of(codecs.begin(), codecs.end(), is_video)) codecs.push_back(Codec::vp8);
  return codecs;
}

}  // namespace

ReceiveTransport::ReceiveTransport(Node& node, std::string endpoint_id)
    : node_(node),
      endpoint_(node, std::move(endpoint_id)),
      session_id_(std::to_string(node.identities.make_id() >> 1)) {}

ReceiveTransport::~ReceiveTransport() {
  if (endpoint_.ref()) node_.journal.erase(transport_key(endpoint_.id()));
  for (PoolPair& pair : pool_.pairs()) {
    for (PoolStream* s : {&pair.audio, &pair.video}) {
      if (s->ref) node_.plane.publisher().retire(shm::TableId::stream, s->ref);
      node_.identities.release_ssrc(s->ssrc);
    }
  }
}

void ReceiveTransport::forget() {
  endpoint_.forget();
  for (PoolPair& pair : pool_.pairs()) pair.audio.ref = pair.video.ref = {};
}

Status ReceiveTransport::open(const schema::OpenEndpoint& request) {
  codecs_ = codecs_of(std::vector<std::string>(request.codecs().begin(), request.codecs().end()));
  offered_ = with_video(codecs_);
  if (request.feedback() == schema::OpenEndpoint::TRANSPORT_WIDE)
    feedback_ = Feedback::transport_wide;
  plays_ = request.role() == schema::OpenEndpoint::PLAY;
  if (const Status s = endpoint_.open(false, true); !s) return s;
  if (plays_) return {};
  if (!grow()) return Error{"this node has no room for another receiver's streams"};
  return {};
}

bool ReceiveTransport::adopt(const StandingEndpoint& standing,
                             const schema::JournaledTransport& known) {
  if (!endpoint_.adopt(standing.endpoint.ref, known)) return false;
  plays_ = known.role() == schema::OpenEndpoint::PLAY;
  codecs_ = codecs_of(std::vector<std::string>(known.codecs().begin(), known.codecs().end()));
  offered_ = with_video(codecs_);
  if (known.feedback() == schema::OpenEndpoint::TRANSPORT_WIDE)
    feedback_ = Feedback::transport_wide;
  session_id_ = known.session_id();
  version_ = known.version();
  negotiation_ = known.negotiation();
  answered_once_ = known.answered_once();
  for (const schema::JournaledPair& from : known.pairs()) {
    PoolPair& pair = pool_.add();
    adopt_stream(standing, from.audio(), pair, pair.audio);
    adopt_stream(standing, from.video(), pair, pair.video);
  }
  // Published a moment before the end and written down nowhere: no client knows of them.
  for (const auto& row : standing.streams) {
    const auto& pairs = pool_.pairs();
    const bool known_here = std::any_of(pairs.begin(), pairs.end(), [&](const PoolPair& p) {
      return p.audio.ref == row.ref || p.video.ref == row.ref;
    });
    if (!known_here) node_.plane.publisher().retire(shm::TableId::stream, row.ref);
  }
  restart_wanted_ = known.restart_due();
  if (known.offer_due()) want_offer();
  return true;
}

void ReceiveTransport::adopt_stream(const StandingEndpoint& standing,
                                    const schema::JournaledStream& known, PoolPair& pair,
                                    PoolStream& to) {
  const auto row = std::find_if(standing.streams.begin(), standing.streams.end(),
                                [&](const auto& r) { return r.record.id == known.stream(); });
  to.answered = known.answered();
  to.refused = known.refused() || row == standing.streams.end();
  if (!known.mid().empty()) to.mid = known.mid();
  if (row == standing.streams.end()) return;
  to.ref = row->ref;
  to.ssrc = row->record.ssrc;
  to.id = row->record.id;
  pair.cname = row->record.cname.view();
}

void ReceiveTransport::remember() const {
  schema::JournalRecord record;
  record.set_key(transport_key(endpoint_.id()));
  schema::JournaledTransport& t = *record.mutable_transport();
  endpoint_.remember(t);
  t.set_role(plays_ ? schema::OpenEndpoint::PLAY : schema::OpenEndpoint::RECEIVE);
  for (const Codec c : codecs_) t.add_codecs(std::string(name_of(c)));
  t.set_feedback(feedback_ == Feedback::transport_wide ? schema::OpenEndpoint::TRANSPORT_WIDE
                                                       : schema::OpenEndpoint::REPORTS);
  t.set_session_id(session_id_);
  t.set_version(version_);
  t.set_negotiation(negotiation_);
  t.set_offer_due(outstanding_ || offer_wanted_);
  t.set_restart_due(restart_wanted_);
  t.set_answered_once(answered_once_);
  const auto write = [](const PoolStream& from, schema::JournaledStream& to) {
    to.set_stream(from.id);
    to.set_answered(from.answered);
    to.set_refused(from.refused);
    to.set_mid(from.mid);
  };
  for (const PoolPair& pair : pool_.pairs()) {
    schema::JournaledPair& to = *t.add_pairs();
    write(pair.audio, *to.mutable_audio());
    write(pair.video, *to.mutable_video());
  }
  node_.journal.put(record);
}

std::optional<StreamKey> ReceiveTransport::pick(MediaKind kind, const std::string& pair_id) {
  if (const auto key = pool_.find(kind, pair_id)) return key;
  if (!plays_ && grow()) return pool_.find(kind, pair_id);
  return pool_.find_any(kind);
}

bool ReceiveTransport::grow() {
  std::size_t added = 0;
  for (std::size_t left = StreamPool::next_growth(pool_.size()); left > 0; --left) {
    if (!add_pair()) break;
    ++added;
  }
  if (added == 0) return false;
  want_offer();
  return true;
}

bool ReceiveTransport::add_pair() {
  shm::Publisher& publisher = node_.plane.publisher();
  if (publisher.free_count(shm::TableId::stream) < 2) return false;
  PoolPair& pair = pool_.add();
  pair.cname = node_.identities.make_cname();
  for (PoolStream* s : {&pair.audio, &pair.video}) {
    shm::StreamRecord r;
    r.id = node_.identities.make_id();
    r.endpoint = endpoint_.ref();
    r.kind = s->kind;
    r.initial_timestamp = node_.identities.make_u32();
    r.initial_seq = static_cast<uint16_t>(node_.identities.make_u32() & 0x7fff);
    r.cname = shm::PaddedText<16>(pair.cname);
    // The tables may know SSRCs of an earlier control plane that are still spent.
    for (int tries = 0; tries < 8 && !s->ref; ++tries) {
      r.ssrc = node_.identities.take_ssrc();
      if (auto ref = publisher.publish(r)) {
        s->ref = *ref;
        s->ssrc = r.ssrc;
        s->id = r.id;
      } else {
        node_.identities.release_ssrc(r.ssrc);
      }
    }
    s->refused = !s->ref;
  }
  return true;
}

void ReceiveTransport::want_offer() {
  offer_wanted_ = true;
  remember();
  if (outstanding_ || offer_scheduled_) return;
  offer_scheduled_ = true;
  boost::asio::post(node_.io, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    offer_scheduled_ = false;
    offer_if_due();
  });
}

void ReceiveTransport::offer_if_due() {
  if (outstanding_ || !offer_wanted_ || !endpoint_.ref()) return;
  if (restart_wanted_ && !endpoint_.restart_ice()) return;
  restart_outstanding_ = restart_wanted_;
  restart_wanted_ = false;
  offer_wanted_ = false;
  offer_ = offer_receive(pool_, offered_, feedback_);
  offer_.session_id = session_id_;
  offer_.version = ++version_;
  endpoint_.fill_transport(offer_, proto::sdp::Setup::actpass);
  offer_sdp_ = proto::sdp::write_description(offer_);
  ++negotiation_;
  outstanding_ = true;
  remember();
  repeat_offer();
}

void ReceiveTransport::repeat_offer() {
  if (outstanding_) report(negotiation_, "offer", offer_sdp_);
}

void ReceiveTransport::report(uint64_t negotiation, const char* type, const std::string& sdp) {
  schema::AgentReport report;
  auto& description = *report.mutable_local_description();
  description.set_endpoint_id(endpoint_.id());
  description.set_negotiation(negotiation);
  description.set_type(type);
  description.set_sdp(sdp);
  node_.report(std::move(report));
}

void ReceiveTransport::report_refusal(uint64_t negotiation, const std::string& reason) {
  schema::AgentReport report;
  auto& refused = *report.mutable_description_refused();
  refused.set_endpoint_id(endpoint_.id());
  refused.set_negotiation(negotiation);
  refused.set_reason(reason);
  node_.report(std::move(report));
}

void ReceiveTransport::restart_ice() {
  if (plays_) return;  // the client's next offer restarts it
  if (outstanding_ && restart_outstanding_) return repeat_offer();
  restart_wanted_ = true;
  if (outstanding_) repeat_offer();
  want_offer();
}

Status ReceiveTransport::move(uint8_t worker, std::vector<shm::SlotRef> subscriptions) {
  if (worker == endpoint_.record().home_worker) return {};
  shm::Belongings all;
  for (const PoolPair& pair : pool_.pairs()) {
    for (const PoolStream* s : {&pair.audio, &pair.video}) {
      if (s->ref) all.streams.push_back(s->ref);
    }
  }
  all.subscriptions = std::move(subscriptions);
  if (const Status s = endpoint_.move(worker, all); !s) return s;
  if (plays_) return {};
  // Also while an offer is out: that one names the port it had before.
  restart_wanted_ = true;
  want_offer();
  return {};
}

bool ReceiveTransport::on_answer(const schema::RemoteDescription& answer) {
  if (!outstanding_ || answer.negotiation() != negotiation_) return false;
  if (const Status s = take(answer); !s) {
    report_refusal(answer.negotiation(), s.error().message);
    return false;
  }
  outstanding_ = false;
  restart_outstanding_ = false;
  if (offer_wanted_) want_offer();
  remember();
  return true;
}

Status ReceiveTransport::take(const schema::RemoteDescription& answer) {
  auto parsed = proto::sdp::parse_description(answer.sdp(), answer_limits);
  if (!parsed) return parsed.error();
  auto read = read_receive_answer(offer_, *parsed);
  if (!read) return read.error();
  if (const Status s = endpoint_.set_remote(read->fingerprints, read->setup, false); !s) return s;
  if (const Status s = settle(read->send_payloads, read->send_extensions, read->reduced_size_rtcp);
      !s) {
    return s;
  }
  for (std::size_t i = 0; i < read->taken.size(); ++i) {
    PoolPair& pair = pool_.pairs()[i / 2];
    PoolStream& stream = i % 2 == 0 ? pair.audio : pair.video;
    stream.answered = read->taken[i];
    stream.refused = !read->taken[i] || !stream.ref;
  }
  return {};
}

Status ReceiveTransport::settle(const std::array<shm::SendPayload, 8>& payloads,
                                const shm::ExtensionIds& extensions, bool reduced_size_rtcp) {
  shm::EndpointRecord record = endpoint_.record();
  shm::NegotiationRecord negotiation = endpoint_.negotiation();
  negotiation.send_payloads = {};
  for (const Codec c : codecs_) {
    const auto i = static_cast<std::size_t>(c);
    negotiation.send_payloads[i] = payloads[i];
  }
  negotiation.send_extensions = extensions;
  record.reduced_size_rtcp = reduced_size_rtcp ? 1 : 0;
  if (const Status s = endpoint_.change_record(record, negotiation); !s) return s;
  answered_once_ = true;
  return {};
}

bool ReceiveTransport::on_offer(const schema::RemoteDescription& offer) {
  const uint64_t n = offer.negotiation();
  if (n < negotiation_) return false;
  if (n == negotiation_ && offer.sdp() == offer_sdp_ && !answer_sdp_.empty()) {
    report(n, "answer", answer_sdp_);
    return false;
  }
  if (const Status s = take_offer(offer); !s) {
    report_refusal(n, s.error().message);
    return false;
  }
  negotiation_ = n;
  offer_sdp_ = offer.sdp();
  remember();
  report(n, "answer", answer_sdp_);
  return true;
}

Status ReceiveTransport::take_offer(const schema::RemoteDescription& offer) {
  auto parsed = proto::sdp::parse_description(offer.sdp());
  if (!parsed) return parsed.error();
  auto answer = answer_play(*parsed, feedback_ == Feedback::transport_wide);
  if (!answer) return answer.error();
  if (pool_.size() == 0 && !add_pair()) {
    return Error{"this node has no room for another receiver's streams"};
  }
  if (const Status s = endpoint_.take_offered(*answer); !s) return s;
  if (const Status s =
          settle(answer->send_payloads, answer->send_extensions, answer->reduced_size_rtcp);
      !s) {
    return s;
  }
  PoolPair& pair = pool_.pairs().front();
  const auto feed = [&](PoolStream& s, const std::optional<std::size_t>& line) {
    s.answered = line.has_value();
    s.refused = !line || !s.ref;
    if (line) s.mid = parsed->media[*line].mid;
  };
  feed(pair.audio, answer->audio_line);
  feed(pair.video, answer->video_line);
  name_streams(*answer, pair);
  answer->description.session_id = session_id_;
  answer->description.version = ++version_;
  endpoint_.fill_transport(answer->description, endpoint_.local_setup());
  answer_sdp_ = proto::sdp::write_description(answer->description);
  return {};
}

bool ReceiveTransport::can_decode(Codec c) const {
  if (!answered_once_) return std::find(codecs_.begin(), codecs_.end(), c) != codecs_.end();
  return endpoint_.negotiation().send_payloads[static_cast<std::size_t>(c)].payload_type != 0;
}

}  // namespace sluice::agent
