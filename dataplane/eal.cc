#include "dataplane/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>
#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/log/log.h"
#include "dataplane/port/device_name.h"
#include "dataplane/port/dpdk_log.h"
#include "dataplane/port/driver_log.h"

namespace sluice::dataplane {
namespace {

std::vector<uint32_t> cores_of_this_process() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<uint32_t> cores;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (uint32_t i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) cores.push_back(i);
  }
  return cores;
}

// Free hugepages of every size and node, in MiB.
uint64_t free_hugepages_mib() {
  uint64_t kib = 0;
  std::error_code none;
  for (const auto& size : std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", none)) {
    // "hugepages-2048kB"
    const std::string name = size.path().filename();
    const uint64_t page_kib = std::strtoull(name.c_str() + name.find('-') + 1, nullptr, 10);
    uint64_t pages = 0;
    std::ifstream(size.path() / "free_hugepages") >> pages;
    kib += pages * page_kib;
  }
  return kib / 1024;
}

std::string joined(const std::vector<uint32_t>& cores) {
  std::string text;
  for (uint32_t c : cores) text += (text.empty() ? "" : ",") + std::to_string(c);
  return text;
}

}  // namespace

std::vector<std::string> eal_arguments(const config::Dataplane& config, const std::string& instance,
                                       const std::vector<uint32_t>& allowed_cores, bool hugepages) {
  std::vector<uint32_t> main_cores;
  for (uint32_t c : allowed_cores) {
    if (std::ranges::find(config.cores, c) == config.cores.end()) main_cores.push_back(c);
  }
  if (main_cores.empty()) main_cores = allowed_cores;
  std::string lcores = "0@(" + joined(main_cores) + ")";
  for (uint32_t w = 0; w < config.cores.size(); ++w) {
    lcores += "," + std::to_string(worker_lcore(w)) + "@" + std::to_string(config.cores[w]);
  }

  std::vector<std::string> args = {"sluice-dataplane",
                                   "--lcores=" + lcores,
                                   "--main-lcore=0",
                                   "--no-telemetry",
                                   "--file-prefix=sluice-" + instance,
                                   "-m",
                                   std::to_string(config.memory_mib)};
  // No files either way, so that nothing is left behind and instances do not meet.
  if (hugepages) {
    args.emplace_back("--in-memory");
  } else {
    args.insert(args.end(), {"--no-huge", "--no-shconf"});
  }
  bool pci = false;
  for (const auto& port : config.ports) {
    if (!is_pci(port.device)) continue;
    pci = true;
    args.insert(args.end(), {"-a", port.device});
  }
  // Virtual devices only: no bus to scan, and no device that would need physical addresses.
  if (!pci) args.insert(args.end(), {"--no-pci", "--iova-mode=va"});
  return args;
}

Status start_eal(const config::Dataplane& config, const std::string& instance) {
  const auto allowed = cores_of_this_process();
  for (uint32_t c : config.cores) {
    if (std::ranges::find(allowed, c) == allowed.end()) {
      return Error{"dataplane.workers.cores: core " + std::to_string(c) +
                   " is not available to this process; it may run on " + joined(allowed)};
    }
  }
  bool hugepages = config.hugepages;
  if (hugepages) {
    const uint64_t free_mib = free_hugepages_mib();
    if (free_mib < config.memory_mib) {
      log::warning("dataplane",
                   "too few hugepages are free: ordinary pages (more TLB misses per packet, no PCI "
                   "device without an IOMMU)",
                   {{"free_mib", free_mib},
                    {"memory_mib", config.memory_mib},
                    {"remedy", "sysctl vm.nr_hugepages=" + std::to_string(config.memory_mib / 2) +
                                   ", or dataplane.hugepages: false"}});
      hugepages = false;
    }
  }
  auto args = eal_arguments(config, instance, allowed, hugepages);
  std::vector<char*> argv;
  for (auto& a : args) argv.push_back(a.data());
  // Errors are read from the log; warnings about what was left out on purpose are nobody's
  // business.
  rte_log_set_global_level(RTE_LOG_ERR);
  route_dpdk_log();
  DriverLog said;
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    const std::string why = said.first_line();
    return Error{
        "cannot start DPDK: " + (why.empty() ? std::string(rte_strerror(rte_errno)) : why) +
        "; it needs root (or CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK) and " +
        std::to_string(config.memory_mib) + " MiB (dataplane.memory_mib)"};
  }
  // EAL made a directory for files that it was told not to write. What it lies in is also that of
  // whoever starts at this moment.
  std::error_code busy;
  std::filesystem::remove(rte_eal_get_runtime_dir(), busy);
  return {};
}

void stop_eal() {
  rte_eal_cleanup();
}

}  // namespace sluice::dataplane
