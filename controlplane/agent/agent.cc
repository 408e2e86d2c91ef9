#include "controlplane/agent/agent.h"

#include <deque>
#include <unordered_set>

#include "common/proto/ice.h"
#include "controlplane/agent/report_queue.h"
#include "controlplane/agent/standing.h"
#include "controlplane/agent/subscriptions.h"
#include "controlplane/agent/transports.h"

namespace sluice::agent {
namespace {

// Requests kept while there is no region; a conference that asks for more is told so.
constexpr std::size_t waiting_max = 65'536;

// RFC 7983 s7: 20..63 is DTLS.
bool is_dtls(const shm::Punt& punt) {
  return punt.length > 0 && punt.bytes[0] >= 20 && punt.bytes[0] <= 63;
}

}  // namespace

class Agent::Core : public PlaneEvents {
 public:
  Core(boost::asio::io_context& io, const config::Config& config, DtlsContext context,
       proto::sdp::Fingerprint fingerprint, journal::Journal& journal, OnReport on_report,
       TimeNs handshake_max)
      : reports_(io, std::move(on_report)),
        dtls_(io, std::move(context), config.control.dtls_threads),
        plane_(io, config.region_directory, *this),
        node_{io,
              config,
              plane_,
              identities_,
              dtls_,
              journal,
              std::move(fingerprint),
              [this](schema::AgentReport r) { reports_.push(std::move(r)); },
              {},
              handshake_max},
        tracks_(node_),
        transports_(node_, tracks_),
        subscriptions_(node_, tracks_,
                       [this](const std::string& id) { return transports_.receiver(id); }) {}

  // The tables stay as they are: media outlives us.
  ~Core() override { forget_all(); }

  void start() { plane_.start(); }

  void on_request(const schema::AgentRequest& request) {
    if (plane_.attached() && was_ready_) return handle(request);
    if (waiting_.size() == waiting_max) waiting_.pop_front();
    waiting_.push_back(request);
  }

  Status move(shm::SlotRef endpoint, uint32_t worker) {
    if (!plane_.attached()) return Error{"the data plane's region is not there"};
    const uint32_t workers = plane_.capacities().workers;
    if (worker >= workers) {
      return Error{"no worker " + std::to_string(worker) + ": there are " +
                   std::to_string(workers)};
    }
    const auto is_meant = [&](const Endpoint& e) {
      return e.ref().slot == endpoint.slot &&
             (endpoint.generation == 0 || e.ref().generation == endpoint.generation);
    };
    for (const auto& [id, p] : transports_.publishers())
      if (is_meant(p->endpoint())) return p->move(static_cast<uint8_t>(worker));
    for (const auto& [id, r] : transports_.receivers()) {
      if (is_meant(r->endpoint()))
        return r->move(static_cast<uint8_t>(worker), subscriptions_.refs_of(*r));
    }
    return Error{"no endpoint " + std::to_string(endpoint.slot) +
                 (endpoint.generation == 0 ? "" : "." + std::to_string(endpoint.generation))};
  }

  AgentCounters counters() const {
    AgentCounters c = counters_;
    c.requests_waiting = waiting_.size();
    c.handshakes_timed_out = node_.handshakes_timed_out;
    return c;
  }

  uint64_t region_id_of(const std::string& id) {
    const Endpoint* e = transports_.endpoint(id);
    return e == nullptr ? 0 : e->record().id;
  }

  // ---- PlaneEvents

  void on_attached() override {
    node_.endpoints_per_worker.assign(plane_.capacities().workers, 0);
    adopt_standing();
  }

  void on_detached() override {
    was_ready_ = false;
    const std::vector<std::string> gone = transports_.ids();
    forget_all();
    for (const std::string& id : gone) {
      node_.journal.erase(transport_key(id));
      fail_endpoint(id, "the data plane's region was made anew");
    }
  }

  void on_node_state(bool ready, const std::string& reason) override {
    schema::AgentReport report;
    report.mutable_node_state()->set_dataplane_ready(ready);
    report.mutable_node_state()->set_reason(reason);
    node_.report(std::move(report));
    // Candidates need ports; once there were some, requests are served also while the data plane is
    // away.
    if (!ready) return;
    was_ready_ = true;
    while (!waiting_.empty() && was_ready_) {
      const schema::AgentRequest request = std::move(waiting_.front());
      waiting_.pop_front();
      handle(request);
    }
  }

  void on_punt(const shm::Punt& punt) override {
    if (punt.punt_class == shm::PuntClass::stranger || !punt.endpoint) {
      ++counters_.punts_stranger;
      return;
    }
    Endpoint* endpoint = transports_.endpoint(punt.endpoint);
    if (endpoint == nullptr || !is_dtls(punt)) {
      ++counters_.punts_stale;
      return;
    }
    ++counters_.punts_dtls;
    endpoint->on_dtls(punt);
  }

  void on_event(const shm::Event& event) override {
    ++counters_.events;
    switch (event.kind) {
      case shm::EventKind::endpoint_connected:
      case shm::EventKind::endpoint_moved:
        if (Endpoint* e = transports_.endpoint(event.ref)) e->on_nominated();
        break;
      case shm::EventKind::consent_lost:
      case shm::EventKind::consent_regained:
        if (Endpoint* e = transports_.endpoint(event.ref)) {
          e->on_consent(event.kind == shm::EventKind::consent_regained);
        }
        break;
      case shm::EventKind::track_started:
      case shm::EventKind::track_codec:
        if (PublishedSource* t = tracks_.find(event.ref)) {
          if (tracks_.on_codec(*t, static_cast<Codec>(event.detail))) subscriptions_.on_codec(*t);
        }
        break;
      case shm::EventKind::speaker_level:
        report_level(event);
        break;
      case shm::EventKind::subscription_open:
        subscriptions_.on_open(event.ref);
        break;
      case shm::EventKind::subscription_undecodable:
        subscriptions_.on_undecodable(event.ref, static_cast<Codec>(event.detail));
        break;
      case shm::EventKind::endpoint_keyed:  // known here first
      case shm::EventKind::none:
        break;
    }
  }

  void on_tick(TimeNs now) override {
    if (!plane_.attached()) return;
    for (const auto& [id, p] : transports_.publishers()) p->endpoint().on_tick(now);
    for (const auto& [id, r] : transports_.receivers()) r->endpoint().on_tick(now);
    tracks_.on_tick([this](PublishedSource& t) { subscriptions_.on_codec(t); });
    subscriptions_.on_tick();
  }

 private:
  void handle(const schema::AgentRequest& request) {
    using Request = schema::AgentRequest;
    switch (request.request_case()) {
      case Request::kOpenEndpoint:
        open(request.open_endpoint());
        break;
      case Request::kCloseEndpoint:
        close(request.close_endpoint().endpoint_id());
        break;
      case Request::kRemoteDescription:
        describe(request.remote_description());
        break;
      case Request::kSubscribe:
        subscriptions_.subscribe(request.subscribe());
        break;
      case Request::kUnsubscribe:
        subscriptions_.unsubscribe(request.unsubscribe().subscription_id());
        break;
      case Request::kSetTrackMuted:
        tracks_.set_muted(request.set_track_muted().track_id(), request.set_track_muted().muted(),
                          request.set_track_muted().generation());
        break;
      case Request::kRestartIce:
        // A publish transport is restarted by the client's next offer.
        if (auto* r = transports_.receiver(request.restart_ice().endpoint_id())) r->restart_ice();
        break;
      case Request::kEndOfRestore:
        end_restore();
        break;
      case Request::kRemoteCandidate:  // a lite agent learns addresses from checks alone
      case Request::REQUEST_NOT_SET:
        break;
    }
  }

  // What the journal knows and the tables hold goes on; the rest is let go.
  void adopt_standing() {
    const Standing standing = read_standing(node_);
    std::unordered_set<uint64_t> adopted;
    std::vector<std::string> stale;
    for (const auto& [key, record] : node_.journal.records()) {
      if (!record.has_transport()) continue;
      const auto at = standing.find(record.transport().endpoint());
      const bool goes_on =
          at != standing.end() && transports_.adopt(at->second, record.transport()) != nullptr;
      if (goes_on) {
        adopted.insert(at->first);
        unclaimed_.insert(record.transport().endpoint_id());
      } else {
        stale.push_back(key);
      }
    }
    for (const std::string& key : stale) node_.journal.erase(key);
    for (const auto& [id, e] : standing) {
      if (!adopted.contains(id)) retire(node_, e);
    }
    // Last, for they refer to the tracks of all.
    for (const auto& [id, r] : transports_.receivers()) {
      const auto& rows = standing.at(r->endpoint().record().id).subscriptions;
      for (const auto& row : rows) subscriptions_.adopt(id, row.ref, row.record);
    }
  }

  void end_restore() {
    subscriptions_.end_unclaimed();
    const std::unordered_set<std::string> ids = std::move(unclaimed_);
    unclaimed_.clear();
    for (const std::string& id : ids) close(id);
  }

  void open(const schema::OpenEndpoint& request) {
    const std::string& id = request.endpoint_id();
    unclaimed_.erase(id);
    if (PublishTransport* p = transports_.publisher(id)) {
      p->reopen(request);
      if (request.restore()) {
        for (const std::string& track : p->track_ids()) tracks_.report(*tracks_.find(track));
      }
      return p->endpoint().report_phase();
    }
    if (ReceiveTransport* r = transports_.receiver(id)) {
      // One that was due has been made when it was adopted.
      if (!request.restore()) r->repeat_offer();
      return r->endpoint().report_phase();
    }
    if (request.restore()) return fail_endpoint(id, "it did not outlive the restart");
    const Result<Endpoint*> opened = transports_.open(request);
    if (!opened) return fail_endpoint(id, opened.error().message);
    (*opened)->report_phase();
  }

  // What refers is retired before what it refers to.
  void close(const std::string& id) {
    if (const PublishTransport* p = transports_.publisher(id)) {
      for (const std::string& track : p->track_ids()) {
        subscriptions_.on_track_end(track);
        tracks_.end(track);
      }
    } else if (transports_.receiver(id) != nullptr) {
      subscriptions_.on_receiver_close(id);
    }
    transports_.close(id);
    report_phase(id, schema::EndpointState::CLOSED, "");
  }

  void describe(const schema::RemoteDescription& d) {
    PublishTransport* p = transports_.publisher(d.endpoint_id());
    if (p != nullptr && d.type() == "offer") {
      return p->on_offer(d,
                         [this](const std::string& track) { subscriptions_.on_track_end(track); });
    }
    ReceiveTransport* r = transports_.receiver(d.endpoint_id());
    if (r != nullptr && d.type() == (r->plays() ? "offer" : "answer")) {
      const bool taken = r->plays() ? r->on_offer(d) : r->on_answer(d);
      if (taken) subscriptions_.on_answer(d.endpoint_id());
      return;
    }
    schema::AgentReport report;
    auto& refused = *report.mutable_description_refused();
    refused.set_endpoint_id(d.endpoint_id());
    refused.set_negotiation(d.negotiation());
    refused.set_reason(p == nullptr && r == nullptr
                           ? "no such transport"
                           : "not an " + std::string(r && !r->plays() ? "answer" : "offer"));
    node_.report(std::move(report));
  }

  void report_level(const shm::Event& event) {
    const PublishedSource* t = tracks_.find(event.ref);
    if (t == nullptr) return;
    schema::AgentReport report;
    auto& level = *report.mutable_speaker_level();
    level.set_track_id(t->id);
    level.set_level(std::min<uint32_t>(event.value, 127));
    level.set_speaking(event.detail != 0);
    node_.report(std::move(report));
  }

  void report_phase(const std::string& id, schema::EndpointState::Phase phase,
                    const std::string& reason) {
    schema::AgentReport report;
    auto& state = *report.mutable_endpoint_state();
    state.set_endpoint_id(id);
    state.set_phase(phase);
    state.set_reason(reason);
    node_.report(std::move(report));
  }
  void fail_endpoint(const std::string& id, const std::string& reason) {
    report_phase(id, schema::EndpointState::FAILED, reason);
  }

  void forget_all() {
    subscriptions_.forget();
    tracks_.forget();
    unclaimed_.clear();
    transports_.forget();
  }

  ReportQueue reports_;
  Identities identities_;
  DtlsRunner dtls_;
  PlaneLink plane_;
  Node node_;
  Tracks tracks_;
  Transports transports_;
  Subscriptions subscriptions_;
  std::unordered_set<std::string> unclaimed_;  // adopted, and not named by the conference yet
  std::deque<schema::AgentRequest> waiting_;
  AgentCounters counters_;
  bool was_ready_ = false;
};

Agent::Agent(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Agent::~Agent() = default;

std::string transport_key(const std::string& endpoint_id) {
  return "transport/" + endpoint_id;
}

Result<std::unique_ptr<Agent>> Agent::make(boost::asio::io_context& io,
                                           const config::Config& config, journal::Journal& journal,
                                           OnReport on_report, TimeNs handshake_max) {
  auto certificate = Certificate::load_or_make(config.control.state_directory);
  if (!certificate) return certificate.error();
  auto context = DtlsContext::make(*certificate, config.control.srtp_profiles);
  if (!context) return context.error();
  auto core = std::make_unique<Core>(io, config, std::move(*context), certificate->fingerprint(),
                                     journal, std::move(on_report), handshake_max);
  core->start();
  return std::unique_ptr<Agent>(new Agent(std::move(core)));
}

void Agent::on_request(const schema::AgentRequest& request) {
  core_->on_request(request);
}
Status Agent::move(shm::SlotRef endpoint, uint32_t worker) {
  return core_->move(endpoint, worker);
}
AgentCounters Agent::counters() const {
  return core_->counters();
}
uint64_t Agent::region_id_of(const std::string& endpoint_id) const {
  return core_->region_id_of(endpoint_id);
}

}  // namespace sluice::agent
