#include "dataplane/instance.h"

#include <grp.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/log/log.h"
#include "dataplane/attendee.h"
#include "dataplane/eal.h"

namespace sluice::dataplane {
namespace {

// The directory with this group, before the region makes its files after the directory's example.
Status give_directory(const std::string& directory, const std::string& group) {
  const struct group* entry = getgrnam(group.c_str());
  if (entry == nullptr)
    return Error{"--group " + group + ": no such group; addgroup --system " + group};
  if (mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST) {
    return Error{directory + ": cannot make it: " + std::strerror(errno)};
  }
  if (chown(directory.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0) {
    return Error{directory + ": cannot give it to group " + group + ": " + std::strerror(errno)};
  }
  return {};
}

// What was used once stays: nothing has to come back from a disk in the middle of a call, nor when
// this daemon starts again. Memory that is only reserved stays so.
void lock_memory() {
  constexpr std::size_t more_than_we_reserve = std::size_t{1} << 40;
  bool locked = mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
  if (locked) {
    // With a limit (RLIMIT_MEMLOCK) a later mapping would fail, where that is the end.
    void* probe = mmap(nullptr, more_than_we_reserve, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    locked = probe != MAP_FAILED;
    if (locked) munmap(probe, more_than_we_reserve);
  }
  if (locked) return;
  log::warning("dataplane", "memory is not locked, workers may have to wait for it",
               {{"why", std::strerror(errno)}, {"remedy", "LimitMEMLOCK=infinity, or root"}});
  munlockall();
}

constexpr TimeNs beat_age_ns_max = 2 * ns_per_s;

int64_t clock_ns(clockid_t id) {
  timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * ns_per_s + t.tv_nsec;
}

const char* link_of(const shm::PortInfo& info) {
  return info.link_up != 0 ? "up" : "down";
}

struct Launch {
  Worker* worker;
  const std::atomic<bool>* stop;
};

int run_worker(void* argument) {
  const std::unique_ptr<Launch> launch(static_cast<Launch*>(argument));
  launch->worker->run(*launch->stop);
  return 0;
}

}  // namespace

Result<std::unique_ptr<Instance>> Instance::start(const config::Config& config,
                                                  const std::string& group) {
  std::unique_ptr<Instance> instance(new Instance(config));
  lock_memory();
  if (auto s = instance->open_region(group); !s) return s.error();
  if (auto s = start_eal(config.dataplane, config.instance); !s) return s.error();
  instance->eal_runs_ = true;
  // Keys lie in this memory: no core dump, no debugger of another user.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (auto s = instance->open_ports(); !s) return s.error();
  if (auto s = instance->make_workers(); !s) return s.error();
  return instance;
}

Status Instance::open_region(const std::string& group) {
  if (!group.empty()) {
    if (auto s = give_directory(config_.region_directory, group); !s) return s;
  }
  auto region =
      shm::Region::open(config_.region_directory, shm::Access::create, config_.capacities);
  if (!region) return region.error();
  region_ = std::move(*region);
  log::info("dataplane", region_->adopted() ? "goes on with a region" : "made a region",
            {{"version", SLUICE_VERSION}, {"directory", config_.region_directory}});
  uint64_t bytes = 0;
  for (const auto& part : shm::parts_of(config_.capacities, shm::layout_of(config_.capacities))) {
    log::info("dataplane", "part of the region",
              {{"name", part.name}, {"count", part.count}, {"bytes", part.bytes}});
    bytes += part.bytes;
  }
  log::info("dataplane", "size of the region", {{"bytes", bytes}});
  // A tool for people: media does not wait for it.
  auto desk = CaptureDesk::open(*region_);
  if (desk) {
    capture_desk_ = std::move(*desk);
  } else {
    log::warning("dataplane", "nobody can capture", {{"why", desk.error().message}});
  }
  return {};
}

Status Instance::open_ports() {
  const config::Dataplane& d = config_.dataplane;
  const auto workers = static_cast<uint32_t>(d.cores.size());
  uint16_t mtu = 0;
  for (const config::Port& p : d.ports) mtu = std::max(mtu, p.mtu);
  auto pools = MbufPools::create(workers, d.mbufs, mtu);
  if (!pools) return pools.error();
  pools_ = std::make_unique<MbufPools>(std::move(*pools));
  auto handover = Handover::create(workers);
  if (!handover) return handover.error();
  handover_ = std::make_unique<Handover>(std::move(*handover));
  for (const config::Port& p : d.ports) {
    const PortSetup setup{.index = static_cast<uint8_t>(ports_.size()),
                          .workers = workers,
                          .udp_port_base = d.udp_port_base,
                          .pools = pools_.get()};
    auto port = Port::open(p, setup);
    if (!port) return port.error();
    port_list_.push_back(port->get());
    ports_.push_back(std::move(*port));
    const shm::PortInfo& i = port_list_.back()->info();
    const auto in_hardware = [&](shm::PortFeature f) {
      return i.feature(f).by == shm::DoneBy::hardware;
    };
    log::info("dataplane", "opened a port",
              {{"port", p.name},
               {"driver", i.driver.view()},
               {"link", link_of(i)},
               {"rx_queues", i.rx_queues},
               {"tx_queues", i.tx_queues},
               {"steering", in_hardware(shm::PortFeature::flow_rules) ? "flow_rules"
                            : in_hardware(shm::PortFeature::rss)      ? "rss"
                                                                      : "none"},
               {"udp_checksums", port_list_.back()->udp_offload() ? "hardware" : "software"}});
  }
  return {};
}

Status Instance::make_workers() {
  const config::Dataplane& d = config_.dataplane;
  const auto count = static_cast<uint32_t>(d.cores.size());
  logs_ = std::make_unique<TrackLogs>(config_.capacities.tracks,
                                      LogShape{.video_packets = d.video_log_packets,
                                               .video_bytes = d.video_log_kib * 1'024,
                                               .audio_packets = d.audio_log_packets,
                                               .audio_bytes = d.audio_log_kib * 1'024});
  links_ = std::make_unique<Links>(count);
  homes_ = std::make_unique<Homes>(config_.capacities.endpoints);
  const Node node{.region = region_.get(),
                  .logs = logs_.get(),
                  .links = links_.get(),
                  .homes = homes_.get(),
                  .handover = handover_.get(),
                  .ports = port_list_,
                  .key_frame_interval_ns = d.key_frame_interval_ms * ns_per_ms,
                  .stage_counters = d.stage_counters,
                  .slice_ticks = rte_get_tsc_hz() / fan_out_slices_per_s,
                  .capture = capture_desk_ ? &capture_desk_->board() : nullptr};
  for (uint32_t w = 0; w < count; ++w) {
    auto worker = Worker::create(
        {.node = node,
         .id = w,
         .pool = pools_->transmit(w),
         .engine = d.multi_buffer_srtp ? srtp::EngineKind::multi_buffer : srtp::EngineKind::libsrtp,
         .idle_sleep_us = d.idle_sleep_us,
         .control_wake = &control_wake_.descriptor()});
    if (!worker) return worker.error();
    workers_.push_back(std::move(*worker));
  }
  log::info("dataplane", "memory",
            {{"mbufs_per_worker", d.mbufs},
             {"dpdk_mib", d.memory_mib},
             {"track_logs_mib", logs_->reserved_bytes() >> 20},
             {"tables_of_a_worker_mib", workers_.front()->core().memory_bytes() >> 20}});
  const AttendeeCost cost = attendee_cost(workers_.front()->core().engine->key_size());
  log::info("dataplane", "an attendee costs",
            {{"bytes", cost.sum()},
             {"tables", cost.tables},
             {"keys_file", cost.keys_file},
             {"send_key", cost.send_key},
             {"receivers", cost.receivers},
             {"contexts", cost.contexts},
             {"indexes", cost.indexes},
             {"in_another_worker", cost.other_worker}});
  return {};
}

void Instance::publish_port(std::size_t i) {
  region_->dataplane().ports[i].publish(ports_[i]->info());
}

void Instance::launch() {
  auto& status = region_->dataplane();
  for (std::size_t i = 0; i < ports_.size(); ++i) publish_port(i);
  status.started_unix_ns.store(clock_ns(CLOCK_REALTIME), std::memory_order_release);
  status.tsc_hz.store(rte_get_tsc_hz(), std::memory_order_release);
  status.port_count.store(static_cast<uint32_t>(ports_.size()), std::memory_order_release);
  control_wake_.update(region_->control());
  for (uint32_t w = 0; w < workers_.size(); ++w) {
    rte_eal_remote_launch(run_worker, new Launch{workers_[w].get(), &stop_}, worker_lcore(w));
  }
  log::info("dataplane", "ready",
            {{"version", SLUICE_VERSION},
             {"workers", workers_.size()},
             {"udp_port_first", config_.dataplane.udp_port_base},
             {"udp_port_last", config_.dataplane.udp_port_base + workers_.size() - 1}});
}

void Instance::supervise() {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (!ports_[i]->update_link()) continue;
    publish_port(i);
    const shm::PortInfo& info = ports_[i]->info();
    log::info("dataplane", "link changed",
              {{"port", config_.dataplane.ports[i].name},
               {"link", link_of(info)},
               {"mbps", info.link_mbps}});
  }
  control_wake_.update(region_->control());
  if (capture_desk_) capture_desk_->look(clock_ns(CLOCK_MONOTONIC));
}

bool Instance::workers_beat(TimeNs now) const {
  for (uint32_t w = 0; w < workers_.size(); ++w) {
    const TimeNs at = region_->worker(w).heartbeat_ns.load(std::memory_order_relaxed);
    if (now - at > beat_age_ns_max) return false;
  }
  return true;
}

Instance::~Instance() {
  stop_.store(true, std::memory_order_relaxed);
  if (eal_runs_) rte_eal_mp_wait_lcore();
  workers_.clear();
  ports_.clear();
  handover_.reset();
  pools_.reset();
  if (eal_runs_) stop_eal();
}

}  // namespace sluice::dataplane
