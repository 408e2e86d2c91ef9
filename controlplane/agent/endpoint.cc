#include "controlplane/agent/endpoint.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

namespace sluice::agent {
namespace {

using proto::sdp::Fingerprint;
using proto::sdp::Setup;

// RFC 8445 s9: the old pair serves until the new one is nominated; what is on the way then needs a
// moment.
constexpr TimeNs previous_credentials_ns = 30 * ns_per_s;

// RFC 7675 s5.1: consent ends after 30 s; the worker says so itself, unless its ring of events was
// full.
constexpr TimeNs consent_gone_ns = 35 * ns_per_s;

bool is_usable(const Fingerprint& f) {
  return (f.algorithm == "sha-256" && f.digest.size() == 32) ||
         (f.algorithm == "sha-384" && f.digest.size() == 48) ||
         (f.algorithm == "sha-512" && f.digest.size() == 64);
}

// RFC 5763 s5, RFC 4145 s4.1. Ours is the passive side wherever there is a choice: a lite agent
// waits.
std::optional<DtlsRole> role_against(Setup remote, bool they_offered) {
  if (remote == Setup::active || (they_offered && remote == Setup::actpass))
    return DtlsRole::server;
  if (remote == Setup::passive) return DtlsRole::client;
  return {};
}

// Tells two apart without keeping either: the journal holds no password.
std::string digest_of(const std::string& ufrag, const std::string& pwd) {
  const std::string both = ufrag + ":" + pwd;  // neither holds a colon (RFC 8839 s5.4)
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(both.data()), both.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

// Keys on the stack that do not outlive their scope.
struct KeysCopy : shm::EndpointKeys {
  ~KeysCopy() { OPENSSL_cleanse(static_cast<shm::EndpointKeys*>(this), sizeof(shm::EndpointKeys)); }
};

}  // namespace

Endpoint::Endpoint(Node& node, std::string id) : node_(node), id_(std::move(id)) {}

Endpoint::~Endpoint() {
  if (!record_.ufrag.empty()) node_.identities.release_ufrag(std::string(record_.ufrag.view()));
  if (!record_.previous_ufrag.empty()) {
    node_.identities.release_ufrag(std::string(record_.previous_ufrag.view()));
  }
  node_.identities.release_ssrc(record_.rtcp_ssrc);
  if (!ref_) return;
  --node_.endpoints_per_worker[record_.home_worker];
  node_.plane.publisher().retire(shm::TableId::endpoint, ref_);
}

Status Endpoint::open(bool sends, bool receives) {
  auto& load = node_.endpoints_per_worker;
  const auto home = std::min_element(load.begin(), load.end());
  record_.id = node_.identities.make_id();
  record_.home_worker = static_cast<uint8_t>(home - load.begin());
  record_.sends = sends ? 1 : 0;
  record_.receives = receives ? 1 : 0;
  record_.rtcp_ssrc = node_.identities.take_ssrc();
  record_.ufrag = shm::Text<16>(node_.identities.take_ufrag());
  KeysCopy keys;
  keys.ice_pwd = shm::Text<40>(node_.identities.make_pwd());
  auto ref = node_.plane.publisher().publish(record_, keys);
  if (!ref) return ref.error();
  ref_ = *ref;
  ++*home;
  return {};
}

bool Endpoint::adopt(shm::SlotRef ref, const schema::JournaledTransport& known) {
  const shm::Endpoint& row = node_.plane.region().endpoint(ref.slot);
  shm::EndpointRecord record;
  shm::NegotiationRecord negotiation;
  const bool whole =
      row.record.read(record) && record.srtp_profile != srtp::Profile::none &&
      !known.fingerprints().empty() &&
      node_.plane.region().negotiation(record.negotiation.slot).record.read(negotiation);
  if (!whole || record.home_worker >= node_.endpoints_per_worker.size()) return false;
  ref_ = ref;
  record_ = record;
  negotiation_ = negotiation;
  ++node_.endpoints_per_worker[record_.home_worker];
  for (const schema::JournaledFingerprint& f : known.fingerprints()) {
    remote_fingerprints_.push_back({f.algorithm(), {f.digest().begin(), f.digest().end()}});
  }
  ice_restarts_ = known.ice_restarts();
  remote_credentials_ = known.remote_credentials();
  if (known.dtls_role() == schema::JournaledTransport::CLIENT) role_ = DtlsRole::client;
  if (known.dtls_role() == schema::JournaledTransport::SERVER) role_ = DtlsRole::server;
  keyed_ = true;
  const bool ours = row.state.generation.load(std::memory_order_acquire) == ref.generation;
  nominated_ = ours && row.state.consent_ns.load(std::memory_order_acquire) != 0;
  consent_ =
      ours && (row.state.flags.load(std::memory_order_acquire) & shm::endpoint_flag_connected) != 0;
  phase_ =
      nominated_ && consent_ ? schema::EndpointState::CONNECTED : schema::EndpointState::SILENT;
  if (!record_.previous_ufrag.empty() && !known.offer_due())
    drop_previous_at_ = monotonic_now() + previous_credentials_ns;
  return true;
}

void Endpoint::remember(schema::JournaledTransport& out) const {
  out.set_endpoint_id(id_);
  out.set_endpoint(record_.id);
  out.set_ice_restarts(ice_restarts_);
  out.set_remote_credentials(remote_credentials_);
  for (const Fingerprint& f : remote_fingerprints_) {
    schema::JournaledFingerprint& to = *out.add_fingerprints();
    to.set_algorithm(f.algorithm);
    to.set_digest(f.digest.data(), f.digest.size());
  }
  if (!role_) return;
  out.set_dtls_role(*role_ == DtlsRole::client ? schema::JournaledTransport::CLIENT
                                               : schema::JournaledTransport::SERVER);
}

Status Endpoint::change_record(const shm::EndpointRecord& r, const shm::NegotiationRecord& n) {
  shm::EndpointRecord next = r;
  next.srtp_profile = record_.srtp_profile;
  next.key_epoch = record_.key_epoch;
  next.ufrag = record_.ufrag;
  next.previous_ufrag = record_.previous_ufrag;
  const Status s = node_.plane.publisher().update(ref_, next, n);
  if (!s) return s;
  record_ = next;
  negotiation_ = n;
  return {};
}

void Endpoint::fill_transport(proto::sdp::Description& d, Setup setup) const {
  KeysCopy keys;
  if (!node_.plane.publisher().read_keys(ref_, keys)) return;
  bool first = true;
  d.ice_lite = true;
  for (proto::sdp::Media& m : d.media) {
    if (m.rejected()) continue;
    m.ice_ufrag = record_.ufrag.view();
    m.ice_pwd = keys.ice_pwd.view();
    m.fingerprints = {node_.fingerprint};
    m.setup = setup;
    // RFC 9143 s10.1.2: candidates of a BUNDLE stand in its first m-line.
    if (first) m.candidates = local_candidates(node_, record_.home_worker, ice_restarts_);
    m.end_of_candidates = first;
    first = false;
  }
}

Status Endpoint::move(uint8_t worker, const shm::Belongings& all) {
  if (const Status s = node_.plane.publisher().move(ref_, worker, all); !s) return s;
  --node_.endpoints_per_worker[record_.home_worker];
  ++node_.endpoints_per_worker[worker];
  record_.home_worker = worker;
  return {};
}

Status Endpoint::restart_ice() {
  shm::EndpointRecord next = record_;
  next.previous_ufrag = record_.ufrag;
  next.ufrag = shm::Text<16>(node_.identities.take_ufrag());
  KeysCopy keys;
  if (!node_.plane.publisher().read_keys(ref_, keys)) return Error{"keys are being changed"};
  keys.previous_ice_pwd = keys.ice_pwd;
  keys.ice_pwd = shm::Text<40>(node_.identities.make_pwd());
  const Status s = node_.plane.publisher().update(ref_, next, keys);
  if (!s) {
    node_.identities.release_ufrag(std::string(next.ufrag.view()));
    return s;
  }
  if (!record_.previous_ufrag.empty()) {
    node_.identities.release_ufrag(std::string(record_.previous_ufrag.view()));
  }
  record_ = next;
  ++ice_restarts_;
  drop_previous_at_ = 0;
  return {};
}

Status Endpoint::take_offered(const RemoteTransport& remote) {
  if (remote.ice_ufrag.empty() || remote.ice_pwd.empty()) {
    return Error{"no a=ice-ufrag or a=ice-pwd"};
  }
  if (const Status s = set_remote(remote.fingerprints, remote.setup, true); !s) return s;
  // RFC 8445 s9: other values are a restart.
  const std::string credentials = digest_of(remote.ice_ufrag, remote.ice_pwd);
  if (!remote_credentials_.empty() && remote_credentials_ != credentials) {
    if (const Status s = restart_ice(); !s) return s;
    drop_previous_at_ = monotonic_now() + previous_credentials_ns;
  }
  remote_credentials_ = credentials;
  return {};
}

Status Endpoint::set_remote(const std::vector<Fingerprint>& fingerprints, Setup setup,
                            bool they_offered) {
  std::vector<Fingerprint> usable;
  std::copy_if(fingerprints.begin(), fingerprints.end(), std::back_inserter(usable), is_usable);
  if (usable.empty()) return Error{"no a=fingerprint with sha-256, sha-384 or sha-512"};
  if (!remote_fingerprints_.empty() && usable != remote_fingerprints_) {
    return Error{"a=fingerprint changed; another certificate needs another transport"};
  }
  const auto role = role_against(setup, they_offered);
  if (!role) return Error{"a=setup leaves no DTLS role"};
  if (role_ && keyed_ && setup != Setup::actpass && role != role_) {
    return Error{"a=setup changes the DTLS roles of a transport in use"};
  }
  if (!role_) role_ = role;
  remote_fingerprints_ = std::move(usable);
  // During an ICE restart the answer is when the new credentials come into use. Who cannot answer,
  // because its signaling is away, lives by the old ones.
  if (!record_.previous_ufrag.empty())
    drop_previous_at_ = monotonic_now() + previous_credentials_ns;
  if (role_ == DtlsRole::client) start_client();
  try_publish_keys();
  return {};
}

Setup Endpoint::local_setup() const {
  return role_ == DtlsRole::client ? Setup::active : Setup::passive;
}

void Endpoint::start_client() {
  if (!nominated_ || keyed_ || (dtls_ && dtls_->role() == DtlsRole::client)) return;
  connect_dtls(DtlsRole::client);
  dtls_->start();
}

void Endpoint::connect_dtls(DtlsRole role) {
  DtlsEvents events;
  events.send = [this](std::vector<uint8_t> datagram) { send_dtls(datagram); };
  events.connected = [this](const SrtpKeys& keys, CertificatePtr peer) {
    on_keys(keys, std::move(peer));
  };
  events.closed = [this] { set_phase(schema::EndpointState::CLOSED, "closed by the client"); };
  events.failed = [this](const std::string& why) { fail("DTLS: " + why); };
  dtls_ = node_.dtls.connect(role, std::move(events));
  handshake_since_ = monotonic_now();
}

void Endpoint::on_dtls(const shm::Punt& punt) {
  if (!dtls_ && role_ == DtlsRole::client) return;  // ours to begin
  if (!dtls_ && keyed_) return;  // of an association that went with an earlier control plane
  if (phase_ == schema::EndpointState::FAILED) return;  // for good
  if (!dtls_) connect_dtls(DtlsRole::server);
  dtls_remote_ = punt.remote;
  const std::size_t length = std::min<std::size_t>(punt.length, punt.bytes.size());
  dtls_->on_datagram({punt.bytes.data(), length});
}

void Endpoint::send_dtls(const std::vector<uint8_t>& datagram) {
  shm::Inject out;
  if (datagram.size() > out.bytes.size()) return;
  out.endpoint = ref_;
  out.remote = dtls_remote_;
  out.length = static_cast<uint16_t>(datagram.size());
  std::memcpy(out.bytes.data(), datagram.data(), datagram.size());
  // A full ring is a lost datagram: the handshake repeats it.
  node_.plane.inject(record_.home_worker, out);
}

void Endpoint::on_keys(const SrtpKeys& keys, CertificatePtr peer) {
  handshake_since_ = 0;
  pending_keys_ = keys;
  pending_peer_ = std::move(peer);
  try_publish_keys();
}

// RFC 5763 s5: media flows only when the certificate is the one the signaling named.
void Endpoint::try_publish_keys() {
  if (!pending_keys_ || remote_fingerprints_.empty()) return;
  const SrtpKeys fresh = *pending_keys_;
  const CertificatePtr peer = std::move(pending_peer_);
  pending_keys_.reset();
  if (!peer || !matches(peer.get(), remote_fingerprints_)) {
    return fail("DTLS: the certificate is not the one of a=fingerprint");
  }
  KeysCopy keys;
  if (!node_.plane.publisher().read_keys(ref_, keys)) return fail("keys are being changed");
  shm::EndpointRecord next = record_;
  ++next.key_epoch;
  next.srtp_profile = fresh.profile;
  keys.epoch = next.key_epoch;
  keys.profile = fresh.profile;
  keys.recv = fresh.recv;
  keys.send = fresh.send;
  if (const Status s = node_.plane.publisher().update(ref_, next, keys); !s) {
    return fail(s.error().message);
  }
  record_ = next;
  keyed_ = true;
  if (nominated_ && consent_) set_phase(schema::EndpointState::CONNECTED);
}

void Endpoint::on_nominated() {
  nominated_ = true;
  consent_ = true;
  if (drop_previous_at_ != 0) drop_previous_at_ = monotonic_now() + previous_credentials_ns;
  if (role_ == DtlsRole::client) start_client();
  if (keyed_) set_phase(schema::EndpointState::CONNECTED);
}

void Endpoint::on_consent(bool consent) {
  consent_ = consent;
  if (!keyed_) return;
  set_phase(consent ? schema::EndpointState::CONNECTED : schema::EndpointState::SILENT);
}

void Endpoint::on_tick(TimeNs now) {
  if (!ref_) return;
  // The ring of events may have been full.
  const shm::EndpointState& state = node_.plane.region().endpoint(ref_.slot).state;
  if (state.generation.load(std::memory_order_acquire) == ref_.generation) {
    const bool connected =
        (state.flags.load(std::memory_order_acquire) & shm::endpoint_flag_connected) != 0;
    if (connected && (!nominated_ || !consent_)) on_nominated();
    const TimeNs checked = state.consent_ns.load(std::memory_order_acquire);
    const bool silent = checked != 0 && now - checked > consent_gone_ns && node_.plane.ready();
    if (!connected && nominated_ && consent_ && silent) on_consent(false);
  }
  if (handshake_since_ != 0 && now - handshake_since_ > node_.handshake_max_ns) {
    handshake_since_ = 0;
    dtls_.reset();
    ++node_.handshakes_timed_out;
    fail("DTLS: the handshake was not finished in time");
  }
  if (drop_previous_at_ == 0 || now < drop_previous_at_) return;
  shm::EndpointRecord next = record_;
  next.previous_ufrag = {};
  KeysCopy keys;
  if (!node_.plane.publisher().read_keys(ref_, keys)) return;
  keys.previous_ice_pwd = {};
  if (!node_.plane.publisher().update(ref_, next, keys)) return;
  node_.identities.release_ufrag(std::string(record_.previous_ufrag.view()));
  record_ = next;
  drop_previous_at_ = 0;
}

void Endpoint::fail(const std::string& reason) {
  set_phase(schema::EndpointState::FAILED, reason);
}

void Endpoint::set_phase(Phase phase, std::string reason) {
  const bool final =
      phase_ == schema::EndpointState::FAILED || phase_ == schema::EndpointState::CLOSED;
  if (final || phase == phase_) return;
  phase_ = phase;
  reason_ = std::move(reason);
  report_phase();
}

void Endpoint::report_phase() {
  schema::AgentReport report;
  auto& state = *report.mutable_endpoint_state();
  state.set_endpoint_id(id_);
  state.set_phase(phase_);
  state.set_reason(reason_);
  node_.report(std::move(report));
}

}  // namespace sluice::agent
