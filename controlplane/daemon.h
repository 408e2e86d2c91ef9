// Everything of sluice-control put together, in the order in which privileges allow it.
#pragma once

#include <memory>

#include "common/base/result.h"
#include "common/config/config.h"
#include "controlplane/privileges.h"

namespace sluice {

class Daemon {
 public:
  explicit Daemon(const config::Config& config);  // outlives the daemon
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // What may need root: sockets, certificates, API keys, the directories of state and journal.
  // `account` becomes their owner.
  Status bind(const Account* account);
  // The rest: token key, journal, agent, signals.
  Status start();
  // Until SIGTERM or SIGINT. Endpoints stay as they are: media outlives this process.
  void run();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sluice
