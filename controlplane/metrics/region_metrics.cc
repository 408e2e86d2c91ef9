#include "controlplane/metrics/region_metrics.h"

#include <array>

#include "common/shm/region.h"
#include "controlplane/metrics/family.h"

namespace sluice::metrics {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

// The whole numbers of the workers that could be read, with their label.
using Snapshots = std::vector<std::pair<std::string, shm::Counters>>;

Snapshots snapshots_of(shm::Region& region) {
  Snapshots out;
  for (uint32_t w = 0; w < region.capacities().workers; ++w) {
    shm::WorkerSnapshot snapshot;
    if (region.worker(w).snapshot.read(snapshot)) {
      out.emplace_back(std::to_string(w), snapshot.counters);
    }
  }
  return out;
}

void add_counters(std::vector<MetricFamily>& out, const Snapshots& snapshots) {
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    const shm::CounterInfo& info = shm::counter_infos[i];
    const auto counter = static_cast<shm::Counter>(i);
    if (is_of_stage(counter)) continue;
    const bool gauge = shm::is_level(info);
    auto family = make_family("sluice_" + std::string(info.name) + (gauge ? "" : "_total"),
                              std::string(info.help) + " (" + std::string(info.unit) + ")",
                              gauge ? MetricType::Gauge : MetricType::Counter);
    for (const auto& [worker, counters] : snapshots) {
      add(family, {{"worker", worker}}, static_cast<double>(counters[counter]));
    }
    out.push_back(std::move(family));
  }
}

void add_stages(std::vector<MetricFamily>& out, const Snapshots& snapshots, uint64_t tsc_hz) {
  auto seconds =
      make_family("sluice_stage_seconds_total",
                  "time spent in a stage of the worker loop (seconds)", MetricType::Counter);
  auto runs = make_family("sluice_stage_runs_total", "iterations in which a stage had work (runs)",
                          MetricType::Counter);
  auto items = make_family("sluice_stage_items_total",
                           "packets or records that a stage took (items)", MetricType::Counter);
  for (const auto& [worker, counters] : snapshots) {
    for (std::size_t i = 0; i < shm::stage_count; ++i) {
      const auto stage = static_cast<shm::Stage>(i);
      const Labels labels = {{"worker", worker}, {"stage", std::string(shm::stage_infos[i].name)}};
      if (tsc_hz != 0) {
        add(seconds, labels,
            static_cast<double>(counters[ticks_of(stage)]) / static_cast<double>(tsc_hz));
      }
      add(runs, labels, static_cast<double>(counters[runs_of(stage)]));
      add(items, labels, static_cast<double>(counters[items_of(stage)]));
    }
  }
  for (MetricFamily* family : {&seconds, &runs, &items}) out.push_back(std::move(*family));
}

void add_rings(std::vector<MetricFamily>& out, shm::Region& region) {
  auto dropped = make_family("sluice_ring_dropped_total",
                             "records that found a ring between the planes full (records)",
                             MetricType::Counter);
  auto waiting =
      make_family("sluice_ring_records", "records waiting in a ring (records)", MetricType::Gauge);
  for (uint32_t w = 0; w < region.capacities().workers; ++w) {
    const shm::WorkerRings rings = region.rings(w);
    const auto one = [&](const char* name, const auto& ring) {
      const Labels labels = {{"worker", std::to_string(w)}, {"ring", name}};
      add(dropped, labels, static_cast<double>(ring.dropped()));
      add(waiting, labels, static_cast<double>(ring.size()));
    };
    one("news", rings.news);
    one("inject", rings.inject);
    one("events", rings.events);
    one("punt_endpoint", rings.punt[static_cast<std::size_t>(shm::PuntClass::endpoint)]);
    one("punt_invited", rings.punt[static_cast<std::size_t>(shm::PuntClass::invited)]);
    one("punt_stranger", rings.punt[static_cast<std::size_t>(shm::PuntClass::stranger)]);
  }
  out.push_back(std::move(dropped));
  out.push_back(std::move(waiting));
}

void add_tables(std::vector<MetricFamily>& out, shm::Region& region) {
  auto slots =
      make_family("sluice_table_slots", "slots of a table by state (slots)", MetricType::Gauge);
  static constexpr std::array<const char*, 4> states = {"free", "filling", "live", "retired"};
  const auto count = [&](const char* table, uint32_t capacity, auto&& slot_at) {
    std::array<uint32_t, 4> by_state{};
    for (uint32_t i = 0; i < capacity; ++i) {
      ++by_state[static_cast<std::size_t>(slot_at(i).head.word.load().state)];
    }
    for (std::size_t s = 0; s < states.size(); ++s) {
      add(slots, {{"table", table}, {"state", states[s]}}, by_state[s]);
    }
  };
  const shm::Capacities& c = region.capacities();
  count(
      "endpoint", c.endpoints, [&](uint32_t i) -> auto& { return region.endpoint(i); });
  count(
      "track", c.tracks, [&](uint32_t i) -> auto& { return region.track(i); });
  count(
      "stream", c.streams, [&](uint32_t i) -> auto& { return region.stream(i); });
  count(
      "subscription", c.subscriptions, [&](uint32_t i) -> auto& { return region.subscription(i); });
  out.push_back(std::move(slots));
}

}  // namespace

std::vector<MetricFamily> RegionMetrics::Collect() const {
  std::vector<MetricFamily> out;
  auto up =
      make_family("sluice_dataplane_up", "1: a data plane holds the region", MetricType::Gauge);
  add(up, {}, shm::Region::dataplane_alive(directory_) ? 1 : 0);
  out.push_back(std::move(up));
  const auto region = shm::Region::open(directory_, shm::Access::read_only);
  if (!region) return out;
  const Snapshots snapshots = snapshots_of(**region);
  add_counters(out, snapshots);
  add_stages(out, snapshots, (*region)->dataplane().tsc_hz.load(std::memory_order_acquire));
  add_rings(out, **region);
  add_tables(out, **region);
  return out;
}

}  // namespace sluice::metrics
