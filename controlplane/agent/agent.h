// The agent: this node's endpoints, tracks and subscriptions, as the conference wishes them and the
// region holds them. Driven by schema::AgentRequest, answers with schema::AgentReport, and by
// nothing else.
//
// Lives on one thread, the one that runs the io_context. Reports come later, never from inside
// on_request().
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "common/base/result.h"
#include "common/base/time.h"
#include "common/config/config.h"
#include "common/shm/slot.h"

namespace sluice::schema {
class AgentRequest;
class AgentReport;
}  // namespace sluice::schema

namespace sluice::journal {
class Journal;
}

namespace sluice::agent {

struct AgentCounters {
  uint64_t punts_stranger = 0;  // DTLS or STUN of nobody we know: dropped
  uint64_t punts_stale = 0;     // of an endpoint that is gone, or not DTLS: dropped
  uint64_t punts_dtls = 0;
  uint64_t handshakes_timed_out = 0;
  uint64_t events = 0;
  uint64_t requests_waiting = 0;  // for the data plane's region
};

// A handshake takes a few round trips. Who begins one and never ends it must not keep a session,
// whatever else it keeps sending.
inline constexpr TimeNs handshake_max_ns = 30 * ns_per_s;

class Agent {
 public:
  using OnReport = std::function<void(const schema::AgentReport&)>;

  // Loads or makes the certificate in control.state_directory, then begins to wait for the region.
  // What the journal knows of it goes on, if a request names it before EndOfRestore. `config`, `io`
  // and the journal outlive the agent. Errors name the file or setting.
  static Result<std::unique_ptr<Agent>> make(boost::asio::io_context& io,
                                             const config::Config& config,
                                             journal::Journal& journal, OnReport on_report,
                                             TimeNs handshake_max = handshake_max_ns);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Requests wait in order until the region is there.
  void on_request(const schema::AgentRequest& request);

  // Another worker becomes the endpoint's home: its keys, SSRCs and indices go with it, and its
  // client is asked for an ICE restart; until that is over it may send to the old one. A ref with
  // generation 0 means whoever has the slot. Errors: no region, no such endpoint or worker.
  Status move(shm::SlotRef endpoint, uint32_t worker);

  AgentCounters counters() const;

  // What the region calls an endpoint of the conference (EndpointRecord::id); 0: it is not there.
  uint64_t region_id_of(const std::string& endpoint_id) const;

 private:
  class Core;
  explicit Agent(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace sluice::agent
