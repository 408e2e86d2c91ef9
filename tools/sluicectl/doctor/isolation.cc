// Other processes, interrupts and clock rates on the cores of the workers.
#include "tools/sluicectl/doctor/checks.h"

namespace sluice::ctl {

namespace {

using Cores = std::vector<uint32_t>;

std::string joined(const Cores& cores) {
  std::string text;
  for (const uint32_t c : cores) text += (text.empty() ? "" : ",") + std::to_string(c);
  return text;
}

Cores missing(const Cores& wanted, const std::set<uint32_t>& from) {
  Cores left;
  for (const uint32_t c : wanted) {
    if (!from.contains(c)) left.push_back(c);
  }
  return left;
}

void check_list(const Machine& machine, const Cores& cores, const char* option,
                const std::string& file, const char* harm, Findings& findings) {
  const Cores left = missing(cores, machine.number_list(file));
  if (left.empty()) {
    findings.ok(std::string(option) + " covers the workers' cores " + joined(cores));
  } else {
    findings.advice(std::string(option) + " does not cover core " + joined(left) + ": " + harm,
                    std::string("boot with ") + option + "=" + joined(cores));
  }
}

void check_governor(const Machine& machine, const Cores& cores, Findings& findings) {
  Cores slow;
  std::string governor;
  bool any = false;
  for (const uint32_t core : cores) {
    const auto found = machine.text("/sys/devices/system/cpu/cpu" + std::to_string(core) +
                                    "/cpufreq/scaling_governor");
    if (!found) continue;
    any = true;
    if (*found == "performance") continue;
    slow.push_back(core);
    governor = *found;
  }
  if (!any) {
    findings.ok("the kernel does not scale clock rates here");
  } else if (slow.empty()) {
    findings.ok("the frequency governor of the workers' cores is performance");
  } else {
    findings.advice("the frequency governor of core " + joined(slow) + " is " + governor +
                        ": packets wait while the clock rate rises",
                    "cpupower -c " + joined(slow) + " frequency-set -g performance");
  }
}

}  // namespace

void check_isolation(const Machine& machine, const config::Config& config,
                     std::vector<Finding>& all) {
  Findings findings(all, "isolation");
  const Cores& cores = config.dataplane.cores;
  if (config.dataplane.idle_sleep_us != 0) {
    findings.ok("workers sleep when idle (dataplane.idle), so their cores need not be their own");
    return;
  }
  check_list(machine, cores, "isolcpus", "/sys/devices/system/cpu/isolated",
             "other processes may stop a worker for milliseconds", findings);
  check_list(machine, cores, "nohz_full", "/sys/devices/system/cpu/nohz_full",
             "the kernel's tick interrupts the workers", findings);
  check_governor(machine, cores, findings);
}

}  // namespace sluice::ctl
