// The whole front of the daemon on loopback: real server, tokens, store and conference; the agent
// is scripted. Runs its own thread; the test's calls into it are carried over to it.
#pragma once

#include <agent.pb.h>
#include <journal.pb.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/signaling/server.h"
#include "controlplane/signaling/whip_sessions.h"

namespace sluice::signaling {

inline constexpr std::string_view api_key = "test-key-0123456789";

class FrontRig {
 public:
  using Journal = std::map<std::string, schema::JournalRecord>;
  struct Settings {
    ServerLimits limits;
    bool tls = false;
    uint32_t participants_max = 100;
    std::string public_url;
    std::vector<std::string> turn_urls;
    WhipSessions::Timeouts whip_timeouts;
    Journal journal;  // of the one before this
  };
  explicit FrontRig(const Settings& settings);
  FrontRig() : FrontRig(Settings{}) {}
  ~FrontRig();
  FrontRig(const FrontRig&) = delete;
  FrontRig& operator=(const FrontRig&) = delete;

  uint16_t port() const { return port_; }
  bool tls() const { return tls_; }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  // A file below the directory that is served.
  void write_file(const std::string& name, const std::string& text);
  const std::string& directory() const { return directory_; }

  std::vector<schema::AgentRequest> agent_requests();
  void report(schema::AgentReport report);
  Journal journal();
  void set_dataplane_ready(bool ready);
  void stop_server();
  uint64_t refused(Refusal refusal);
  // Runs `what` on the rig's thread and waits for it.
  void call(const std::function<void()>& what);

 private:
  struct Parts;
  std::string directory_;
  bool tls_ = false;
  uint16_t port_ = 0;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sluice::signaling
