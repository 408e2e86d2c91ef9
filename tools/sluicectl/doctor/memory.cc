// Hugepages, locking, swap.
#include <sstream>

#include "tools/sluicectl/doctor/checks.h"

namespace sluice::ctl {

namespace {

constexpr unsigned cap_ipc_lock = 14;  // linux/capability.h

struct Hugepages {
  uint64_t free_mib = 0, all_mib = 0;
};

Hugepages hugepages_of(const Machine& machine) {
  const std::string directory = "/sys/kernel/mm/hugepages";
  uint64_t free_kib = 0, all_kib = 0;
  for (const std::string& name : machine.names_in(directory)) {  // "hugepages-2048kB"
    const uint64_t page_kib = std::strtoull(name.c_str() + name.find('-') + 1, nullptr, 10);
    const std::string pages = directory + "/" + name;
    free_kib += machine.number(pages + "/free_hugepages").value_or(0) * page_kib;
    all_kib += machine.number(pages + "/nr_hugepages").value_or(0) * page_kib;
  }
  return {free_kib / 1024, all_kib / 1024};
}

void check_hugepages(const Machine& machine, const config::Config& config, Findings& findings) {
  const config::Dataplane& d = config.dataplane;
  if (!d.hugepages) {
    findings.ok("dataplane.hugepages is false: none are needed");
    return;
  }
  const Hugepages h = hugepages_of(machine);
  const std::string need = std::to_string(d.memory_mib) + " MiB (dataplane.memory_mib)";
  const std::string remedy = "sysctl vm.nr_hugepages=" + std::to_string((d.memory_mib + 1) / 2) +
                             " (2 MiB pages), or set dataplane.hugepages: false";
  const std::string has = std::to_string(h.free_mib) + " of " + std::to_string(h.all_mib) +
                          " MiB of hugepages are free";
  if (h.free_mib >= d.memory_mib) {
    findings.ok(has + ", enough for " + need);
    return;
  }
  // A data plane that runs holds its share already.
  if (h.all_mib >= d.memory_mib &&
      shm::Region::dataplane_alive(machine.path(config.region_directory))) {
    findings.ok(has + "; the data plane runs and holds its own");
    return;
  }
  for (const config::Port& p : d.ports) {
    if (!lacks_iommu(machine, p)) continue;
    findings.wrong(
        has + ", not " + need + ", and the PCI device " + p.device + " without an IOMMU needs them",
        remedy);
    return;
  }
  findings.advice(has + ", not " + need + ": the data plane takes ordinary pages, which is slower",
                  remedy);
}

void check_locking(const Machine& machine, Findings& findings) {
  if (machine.capable(cap_ipc_lock)) {
    findings.ok("memory may be locked: CAP_IPC_LOCK");
    return;
  }
  std::istringstream lines(machine.text("/proc/self/limits").value_or(""));
  std::string limit = "unknown";
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view name = "Max locked memory";
    if (!line.starts_with(name)) continue;
    std::istringstream words(line.substr(name.size()));
    words >> limit;  // the soft one
  }
  if (limit == "unlimited") {
    findings.ok("memory may be locked: no limit");
  } else {
    findings.advice("at most " + limit +
                        " bytes may be locked by who runs this: VFIO, AF_XDP and packet "
                        "sockets lock what they transfer to, workers what must not be paged out",
                    "start the data plane by its unit (LimitMEMLOCK=infinity) or as root");
  }
}

void check_swap(const Machine& machine, Findings& findings) {
  std::istringstream lines(machine.text("/proc/swaps").value_or(""));
  std::string line, places;
  std::getline(lines, line);  // the titles
  while (std::getline(lines, line)) {
    places += (places.empty() ? "" : ", ") + line.substr(0, line.find_first_of(" \t"));
  }
  if (places.empty()) {
    findings.ok("nothing is swapped out");
  } else {
    findings.advice("the kernel may write the region's keys to " + places +
                        ", and a worker waits when its memory is read back",
                    "swapoff -a, or encrypt the swap space");
  }
}

}  // namespace

void check_memory(const Machine& machine, const config::Config& config, std::vector<Finding>& all) {
  Findings hugepages(all, "hugepages");
  check_hugepages(machine, config, hugepages);
  Findings memory(all, "memory");
  check_locking(machine, memory);
  check_swap(machine, memory);
}

}  // namespace sluice::ctl
