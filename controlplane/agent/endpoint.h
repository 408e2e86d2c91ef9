// One remote transport as the agent sees it: its slot in the region, ICE credentials, DTLS
// association and phase.
#pragma once

#include <journal.pb.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/shm/endpoint.h"
#include "common/shm/publisher.h"
#include "controlplane/agent/node.h"
#include "controlplane/agent/offer_line.h"

namespace sluice::agent {

class Endpoint {
 public:
  using Phase = schema::EndpointState::Phase;

  Endpoint(Node& node, std::string id);
  // Retires the slot. Tracks, streams and subscriptions that refer to it are retired before.
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Takes a home worker and a slot. Errors: no room.
  Status open(bool sends, bool receives);
  // One that stands in the tables and has its keys, as an earlier control plane negotiated it.
  // False, and nothing changes: its handshake was not over, so its client cannot go on with it.
  bool adopt(shm::SlotRef ref, const schema::JournaledTransport& known);
  // Its part of what the next control plane must know.
  void remember(schema::JournaledTransport& out) const;
  // Forgets the slot without retiring it: its region is gone, or ours to leave.
  void forget() { ref_ = {}; }

  const std::string& id() const { return id_; }
  shm::SlotRef ref() const { return ref_; }
  Phase phase() const { return phase_; }
  const shm::EndpointRecord& record() const { return record_; }
  const shm::NegotiationRecord& negotiation() const { return negotiation_; }
  // Publishes changed copies of record() and negotiation(); what the endpoint itself keeps in the
  // record (credentials, keys) stays.
  Status change_record(const shm::EndpointRecord& r, const shm::NegotiationRecord& n);

  // ICE, DTLS and candidates of our side, into every m-line that is not rejected.
  void fill_transport(proto::sdp::Description& d, proto::sdp::Setup setup) const;
  // To another home worker, with all that belongs to it. Errors: not live.
  Status move(uint8_t worker, const shm::Belongings& all);
  // RFC 8445 s9: new credentials beside the old ones, which serve until the client's answer and a
  // while longer.
  Status restart_ice();
  // Of an offer: takes its transport. ICE credentials other than before are a restart, and ours
  // change too. Errors, and nothing changes: as of set_remote; no credentials.
  Status take_offered(const RemoteTransport& remote);

  // What the remote description says of its side. Errors, and nothing changes: no usable
  // fingerprint, another certificate than before, a setup that leaves no role. `they_offered`: it
  // was an offer.
  Status set_remote(const std::vector<proto::sdp::Fingerprint>& fingerprints,
                    proto::sdp::Setup setup, bool they_offered);
  // Of our answer.
  proto::sdp::Setup local_setup() const;

  void on_dtls(const shm::Punt& punt);
  void on_nominated();
  void on_consent(bool consent);
  // Makes good for events that were lost, and drops credentials that have served their time.
  void on_tick(TimeNs now);
  void report_phase();

 private:
  void connect_dtls(DtlsRole role);
  void send_dtls(const std::vector<uint8_t>& datagram);
  void on_keys(const SrtpKeys& keys, CertificatePtr peer);
  void try_publish_keys();
  void set_phase(Phase phase, std::string reason = {});
  void fail(const std::string& reason);
  void start_client();

  Node& node_;
  const std::string id_;
  shm::EndpointRecord record_;
  shm::NegotiationRecord negotiation_;
  shm::SlotRef ref_;
  Phase phase_ = schema::EndpointState::NEW;
  std::string reason_;
  bool nominated_ = false;
  bool consent_ = true;
  bool keyed_ = false;
  uint32_t ice_restarts_ = 0;
  TimeNs drop_previous_at_ = 0;  // 0 = nothing to drop

  std::shared_ptr<DtlsConnection> dtls_;
  TimeNs handshake_since_ = 0;    // 0 = none is under way
  std::optional<DtlsRole> role_;  // once the descriptions have settled it
  SocketAddress dtls_remote_;     // where the last DTLS datagram came from
  std::vector<proto::sdp::Fingerprint> remote_fingerprints_;
  std::string remote_credentials_;  // digest, of the last offer that was taken
  // Between the end of the handshake and the fingerprint's arrival.
  std::optional<SrtpKeys> pending_keys_;
  CertificatePtr pending_peer_;
};

}  // namespace sluice::agent
