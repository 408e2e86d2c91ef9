// What all parts of an agent share: one per node.
#pragma once

#include <agent.pb.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <vector>

#include "common/config/config.h"
#include "common/proto/sdp/description.h"
#include "controlplane/agent/dtls_runner.h"
#include "controlplane/agent/identities.h"
#include "controlplane/agent/plane_link.h"
#include "controlplane/journal/journal.h"

namespace sluice::agent {

struct Node {
  boost::asio::io_context& io;
  const config::Config& config;
  PlaneLink& plane;
  Identities& identities;
  DtlsRunner& dtls;
  journal::Journal& journal;
  proto::sdp::Fingerprint fingerprint;  // of our certificate
  std::function<void(schema::AgentReport)> report;
  std::vector<uint32_t> endpoints_per_worker;  // where a new endpoint is at home
  TimeNs handshake_max_ns;                     // a DTLS handshake ends, or its endpoint fails
  uint64_t handshakes_timed_out = 0;
};

// Of a transport in the journal.
std::string transport_key(const std::string& endpoint_id);

// Everything a node can be reached at for endpoints of this worker, preferred first: the announced
// addresses of every port, with the worker's own UDP port. generation: ICE restarts so far.
std::vector<proto::Candidate> local_candidates(Node& node, uint32_t worker, uint32_t generation);

}  // namespace sluice::agent
