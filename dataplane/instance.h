// A running data plane: the region, DPDK, the ports and one worker per core.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "common/base/result.h"
#include "common/config/config.h"
#include "common/shm/region.h"
#include "dataplane/capture_desk.h"
#include "dataplane/control_wake.h"
#include "dataplane/links.h"
#include "dataplane/port/handover.h"
#include "dataplane/port/mbuf_pools.h"
#include "dataplane/port/port.h"
#include "dataplane/track_log.h"
#include "dataplane/worker.h"

namespace sluice::dataplane {

class Instance {
 public:
  // Makes or adopts the region, starts DPDK, opens the ports, creates the workers; says in the
  // log what it takes. group: may open the region; empty = as the directory is. Errors are one line
  // with the remedy.
  static Result<std::unique_ptr<Instance>> start(const config::Config& config,
                                                 const std::string& group);
  ~Instance();  // stops the workers, closes everything; the region's files stay

  // Each worker on its core. Once.
  void launch();
  // Main thread, about ten times a second: links, the control plane's eventfd, who captures.
  void supervise();
  // Has every worker turned its loop in the last two seconds?
  bool workers_beat(TimeNs now) const;

 private:
  explicit Instance(const config::Config& config) : config_(config) {}
  Status open_region(const std::string& group);
  Status open_ports();
  Status make_workers();
  void publish_port(std::size_t i);

  const config::Config config_;
  bool eal_runs_ = false;
  std::unique_ptr<shm::Region> region_;
  std::unique_ptr<CaptureDesk> capture_desk_;  // null: no room for its file
  std::unique_ptr<MbufPools> pools_;
  std::unique_ptr<Handover> handover_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::vector<Port*> port_list_;
  std::unique_ptr<TrackLogs> logs_;
  std::unique_ptr<Links> links_;
  std::unique_ptr<Homes> homes_;
  ControlWake control_wake_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<bool> stop_{false};
};

}  // namespace sluice::dataplane
