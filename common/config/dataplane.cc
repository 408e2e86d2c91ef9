// dataplane: workers, memory, ciphers and logs.
#include <algorithm>
#include <array>

#include "common/config/sections.h"

namespace sluice::config {

namespace {

void read_cores(SectionReader workers, std::vector<uint32_t>& out) {
  const auto value = workers.find("cores");
  workers.finish();
  if (!value) return;
  const auto items = value->list();
  if (!items) return;
  std::vector<uint32_t> cores;
  for (const Value& item : *items) {
    const auto core = item.integer({0, core_max});
    if (!core) continue;
    if (std::find(cores.begin(), cores.end(), *core) != cores.end()) {
      item.fault("core " + std::to_string(*core) + " has a worker already; one worker per core");
      continue;
    }
    cores.push_back(static_cast<uint32_t>(*core));
  }
  if (items->empty()) value->fault("names no core; one worker per core, for example [1]");
  if (items->size() > shm::workers_max) {
    value->fault("names " + std::to_string(items->size()) + " cores; at most " +
                 std::to_string(shm::workers_max));
  }
  out = std::move(cores);
}

// "poll", or a section with sleep_us.
void read_idle(SectionReader& section, uint32_t& sleep_us) {
  const auto value = section.find("idle");
  if (!value) return;
  if (value->node().IsMap()) {
    SectionReader idle(*value);
    if (!idle.find("sleep_us"))
      idle.fault("sleep_us", "is missing; write idle: {sleep_us: 50}, or idle: poll");
    idle.integer("sleep_us", sleep_us, {1, 10'000});
    idle.finish();
  } else if (!value->node().IsScalar() || value->node().Scalar() != "poll") {
    value->fault("needs poll, or {sleep_us: N}");
  } else {
    sleep_us = 0;
  }
}

void read_engine(SectionReader& section, bool& multi_buffer) {
  constexpr std::array<std::string_view, 2> engines = {"multi_buffer", "libsrtp"};
  const auto value = section.find("srtp_engine");
  if (!value) return;
  if (const auto word = value->word(engines)) multi_buffer = *word == engines[0];
}

void read_log(SectionReader log, Dataplane& out) {
  log.integer("video_packets", out.video_log_packets, {64, 65'536, true});
  log.integer("video_kib", out.video_log_kib, {64, 65'536, true});
  log.integer("audio_packets", out.audio_log_packets, {16, 65'536, true});
  log.integer("audio_kib", out.audio_log_kib, {4, 65'536, true});
  log.finish();
}

// Each worker has one queue pair per port, filled from its own pool.
void check_pool(const SectionReader& section, const Dataplane& d) {
  uint64_t descriptors = 0;
  for (const Port& p : d.ports) descriptors += uint64_t{p.rx_descriptors} + p.tx_descriptors;
  if (d.mbufs <= descriptors) {
    section.fault("mbufs_per_worker", std::to_string(d.mbufs) +
                                          " do not fill the queues of the ports; needs more than " +
                                          std::to_string(descriptors) +
                                          ", the sum of their descriptors");
  }
}

}  // namespace

void read_dataplane(SectionReader section, Dataplane& out) {
  read_cores(section.section("workers"), out.cores);
  read_idle(section, out.idle_sleep_us);
  section.boolean("hugepages", out.hugepages);
  section.integer("memory_mib", out.memory_mib, {64, 1'048'576});
  read_engine(section, out.multi_buffer_srtp);
  section.integer("udp_port_base", out.udp_port_base, {1, 65'535});
  section.integer("mbufs_per_worker", out.mbufs, {1'024, 4'194'304});
  read_log(section.section("track_log"), out);
  section.integer("key_frame_interval_ms", out.key_frame_interval_ms, {100, 60'000});
  section.boolean("stage_counters", out.stage_counters);
  read_log_level(section, out.log_level);
  if (const auto ports = section.find("ports")) {
    read_ports(*ports, out.ports);
  } else {
    section.fault("ports",
                  "is missing; needs a list of at least one port with name, device and addresses");
  }
  section.finish();

  if (out.udp_port_base + out.cores.size() - 1 > 65'535) {
    section.fault("udp_port_base",
                  std::to_string(out.udp_port_base) + " leaves no port for the last of " +
                      std::to_string(out.cores.size()) + " workers; needs at most " +
                      std::to_string(65'536 - out.cores.size()));
  }
  check_pool(section, out);
}

}  // namespace sluice::config
