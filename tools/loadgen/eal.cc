#include "tools/loadgen/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tools/loadgen/device.h"
#include "tools/loadgen/driver_words.h"

namespace sluice::loadgen {

Result<Eal> Eal::start(const Options& options) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  unsigned core = options.core.value_or(0);
  if (!options.core) {
    while (core + 1 < CPU_SETSIZE && !CPU_ISSET(core, &allowed)) ++core;
  }
  if (core >= CPU_SETSIZE || !CPU_ISSET(core, &allowed)) {
    return Error{"--core: core " + std::to_string(core) + " is not available to this process"};
  }
  std::vector<std::string> args = {"sluice-loadgen",
                                   "--lcores=0@" + std::to_string(core),
                                   "--no-telemetry",
                                   "--file-prefix=sluice-loadgen-" + std::to_string(getpid()),
                                   "-m",
                                   std::to_string(options.memory_mib)};
  if (options.hugepages) {
    args.emplace_back("--in-memory");
  } else {
    args.insert(args.end(), {"--no-huge", "--no-shconf"});
  }
  if (is_pci(options.device)) {
    args.insert(args.end(), {"-a", options.device});
  } else {
    args.insert(args.end(), {"--no-pci", "--iova-mode=va"});
  }
  std::vector<char*> argv;
  for (std::string& a : args) argv.push_back(a.data());
  rte_log_set_global_level(RTE_LOG_ERR);
  DriverWords words;
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    const std::string said = words.first_line();
    return Error{"cannot start DPDK: " + (said.empty() ? rte_strerror(rte_errno) : said) +
                 "; it needs root and " + std::to_string(options.memory_mib) +
                 " MiB of hugepages, or --no-huge"};
  }
  // EAL makes a directory for the files it was told not to write.
  std::error_code ignored;
  std::filesystem::remove(rte_eal_get_runtime_dir(), ignored);
  cpu_set_t others = allowed;
  CPU_CLR(core, &others);
  return Eal(CPU_COUNT(&others) != 0 ? others : allowed);
}

Eal::~Eal() {
  if (running_) rte_eal_cleanup();
}

void Eal::leave_poll_core() const {
  sched_setaffinity(0, sizeof others_, &others_);
}

}  // namespace sluice::loadgen
