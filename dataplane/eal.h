// Starts DPDK's environment abstraction layer (EAL) for one instance: lcores, memory, no files left
// behind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/config/config.h"

namespace sluice::dataplane {

// The arguments EAL is started with; vdevs are attached later, one by one, so that a failure names
// its port. `allowed_cores`: what the process may run on; the main lcore takes those no worker is
// pinned to, if any.
std::vector<std::string> eal_arguments(const config::Dataplane& config, const std::string& instance,
                                       const std::vector<uint32_t>& allowed_cores, bool hugepages);

// Once per process, before any port, pool or ring. Falls back to ordinary pages with a
// warning in the log when the hugepages asked for cannot be had. EAL installs no signal handlers.
Status start_eal(const config::Dataplane& config, const std::string& instance);
// After every port is closed.
void stop_eal();

// The lcore that worker i runs on; lcore 0 is the main thread's.
constexpr unsigned worker_lcore(uint32_t worker) {
  return worker + 1;
}

}  // namespace sluice::dataplane
