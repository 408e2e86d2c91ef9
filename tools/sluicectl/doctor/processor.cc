// Instructions for ciphers, the time stamp counter, the cores of the workers.
#include <algorithm>
#include <iterator>
#include <sstream>

#include "tools/sluicectl/doctor/checks.h"

namespace sluice::ctl {

namespace {

// The flags of the first processor in /proc/cpuinfo; they are the same on all.
std::set<std::string> flags_of(const Machine& machine) {
  std::istringstream lines(machine.text("/proc/cpuinfo").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line.substr(std::min(line.size(), line.find(':') + 1)));
    return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

void check_ciphers(const std::set<std::string>& flags, const config::Config& config,
                   Findings& findings) {
  if (flags.empty()) {
    findings.advice("/proc/cpuinfo names no flags", "run on x86-64 Linux");
    return;
  }
  static const std::pair<const char*, const char*> known[] = {
      {"aes", "AES-NI"}, {"pclmulqdq", "PCLMULQDQ"},   {"avx2", "AVX2"},  {"avx512f", "AVX-512"},
      {"vaes", "VAES"},  {"vpclmulqdq", "VPCLMULQDQ"}, {"sha_ni", "SHA"},
  };
  std::string has, lacks;
  for (const auto& [flag, name] : known) {
    std::string& list = flags.contains(flag) ? has : lacks;
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  const std::string facts =
      "has " + (has.empty() ? "none" : has) + "; lacks " + (lacks.empty() ? "none" : lacks);
  if (!flags.contains("aes") || !flags.contains("pclmulqdq")) {
    findings.advice(facts + ": SRTP is encrypted without the processor's help, many times slower",
                    "give the virtual machine the host's processor (like -cpu host)");
  } else if (!config.dataplane.multi_buffer_srtp) {
    findings.advice(facts + ", but dataplane.srtp_engine is libsrtp, about ten times slower",
                    "set dataplane.srtp_engine: multi_buffer");
  } else {
    findings.ok(facts);
  }
}

void check_counter(const Machine& machine, const std::set<std::string>& flags, Findings& findings) {
  if (!flags.contains("constant_tsc") || !flags.contains("nonstop_tsc")) {
    findings.advice(
        "the time stamp counter changes its rate or stops, and workers slice time by it",
        "give the virtual machine an invariant TSC, or use another machine");
    return;
  }
  const std::string source =
      machine.text("/sys/devices/system/clocksource/clocksource0/current_clocksource").value_or("");
  if (source == "hpet" || source == "acpi_pm" || source == "jiffies") {
    findings.advice("the kernel's clock is " + source + ": each look at the time is a slow one",
                    "boot with clocksource=tsc tsc=reliable where the machine keeps time well");
  } else {
    findings.ok("the time stamp counter is constant" +
                (source.empty() ? "" : "; the kernel's clock is " + source));
  }
}

void check_cores(const Machine& machine, const config::Config& config, Findings& findings) {
  const auto online = machine.number_list("/sys/devices/system/cpu/online");
  const auto& cores = config.dataplane.cores;
  for (const uint32_t core : cores) {
    if (!online.empty() && !online.contains(core)) {
      findings.wrong("core " + std::to_string(core) + " is not online; there are " +
                         machine.text("/sys/devices/system/cpu/online").value_or(""),
                     "name others in dataplane.workers.cores");
      continue;
    }
    const auto siblings = machine.number_list("/sys/devices/system/cpu/cpu" + std::to_string(core) +
                                              "/topology/thread_siblings_list");
    for (const uint32_t other : cores) {
      if (other <= core || !siblings.contains(other)) continue;
      findings.advice("cores " + std::to_string(core) + " and " + std::to_string(other) +
                          " are two threads of one core: two workers share its units",
                      "name one of them only in dataplane.workers.cores");
    }
  }
  if (online.size() > cores.size() && std::find(cores.begin(), cores.end(), 0U) != cores.end()) {
    findings.advice("a worker is on core 0, where the kernel does most of its own work",
                    "name another core in dataplane.workers.cores");
  }
  if (online.size() <= cores.size() && config.dataplane.idle_sleep_us == 0) {
    findings.advice("workers poll on every core: nothing is left to the kernel and sluice-control",
                    "leave a core out of dataplane.workers.cores, or set dataplane.idle");
  }
}

}  // namespace

void check_processor(const Machine& machine, const config::Config& config,
                     std::vector<Finding>& all) {
  Findings findings(all, "processor");
  const auto flags = flags_of(machine);
  check_ciphers(flags, config, findings);
  if (!flags.empty()) check_counter(machine, flags, findings);
  check_cores(machine, config, findings);
}

}  // namespace sluice::ctl
