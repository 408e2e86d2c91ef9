// sluicectl status: who is alive, and how full everything is.
#include <array>
#include <ostream>

#include "tools/sluicectl/port_look.h"
#include "tools/sluicectl/table_names.h"
#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

using shm::SlotState;
using shm::TableId;

struct TableUse {
  TableId table;
  uint32_t capacity = 0;
  std::array<uint32_t, 4> in_state{};  // index: SlotState
  uint32_t of(SlotState s) const { return in_state[static_cast<std::size_t>(s)]; }
};

TableUse use_of(shm::Region& region, TableId table) {
  TableUse use{table, shm::slot_count(region.capacities(), table), {}};
  for (uint32_t i = 0; i < use.capacity; ++i) {
    ++use.in_state[static_cast<std::size_t>(region.head(table, i).word.load().state)];
  }
  return use;
}

struct RingUse {
  uint32_t worker;
  const char* name;
  uint64_t records, capacity, dropped;
};

template <class T>
RingUse use_of(uint32_t worker, const char* name, const shm::Ring<T>& ring) {
  return {worker, name, std::min(ring.size(), ring.capacity()), ring.capacity(), ring.dropped()};
}

std::vector<RingUse> ring_uses(const RegionView& view) {
  std::vector<RingUse> uses;
  for (uint32_t w = 0; w < view.workers(); ++w) {
    const shm::WorkerRings rings = view.region().rings(w);
    uses.push_back(use_of(w, "news", rings.news));
    uses.push_back(use_of(w, "inject", rings.inject));
    uses.push_back(use_of(w, "events", rings.events));
    constexpr std::array<const char*, shm::punt_class_count> names = {
        "punt_endpoint", "punt_invited", "punt_stranger"};
    for (std::size_t c = 0; c < names.size(); ++c)
      uses.push_back(use_of(w, names[c], rings.punt[c]));
  }
  return uses;
}

Json workers_json(const RegionView& view) {
  Json json = Json::array();
  const uint64_t epoch = view.region().control().epoch.load(std::memory_order_acquire);
  for (uint32_t w = 0; w < view.workers(); ++w) {
    shm::WorkerStatus& s = view.region().worker(w);
    json.push_back(
        {{"worker", w},
         {"heartbeat_age_ms", age_json(age_of(s.heartbeat_ns.load(std::memory_order_acquire)))},
         {"numbers_age_ms", age_json(age_of(view.look(w).at))},
         {"epochs_behind", epoch - s.seen_epoch.load(std::memory_order_acquire)}});
  }
  return json;
}

void print_json_status(const RegionView& view, std::ostream& out) {
  Json json = region_json(view);
  json["workers"] = workers_json(view);
  json["ports"] = Json::array();
  for (const shm::PortInfo& p : ports_of(view))
    json["ports"].push_back(port_json(p, view.workers()));
  json["tables"] = Json::array();
  for (const TableId t : all_tables) {
    const TableUse use = use_of(view.region(), t);
    json["tables"].push_back({{"table", table_name(t)},
                              {"capacity", use.capacity},
                              {"live", use.of(SlotState::live)},
                              {"filling", use.of(SlotState::filling)},
                              {"retired", use.of(SlotState::retired)}});
  }
  json["rings"] = Json::array();
  for (const RingUse& r : ring_uses(view)) {
    json["rings"].push_back({{"worker", r.worker},
                             {"ring", r.name},
                             {"records", r.records},
                             {"capacity", r.capacity},
                             {"dropped", r.dropped}});
  }
  print_json(out, json);
}

void print_daemons(const RegionView& view, std::ostream& out) {
  shm::DataplaneStatus& d = view.region().dataplane();
  shm::ControlStatus& c = view.region().control();
  const UnixNs started = d.started_unix_ns.load(std::memory_order_acquire);
  TextTable table({"daemon", "state", ">pid", ">started", ">heartbeat"});
  TimeNs newest = 0;
  for (uint32_t w = 0; w < view.workers(); ++w) {
    newest = std::max(newest, view.region().worker(w).heartbeat_ns.load(std::memory_order_acquire));
  }
  table.add({"data plane", view.dataplane_alive() ? "alive" : "DEAD",
             std::to_string(d.pid.load(std::memory_order_acquire)),
             started == 0 ? "never" : age_text(unix_now() - started) + " ago",
             age_text(age_of(newest))});
  table.add({"control plane", view.control_alive() ? "alive" : "DEAD",
             std::to_string(c.wake.load(std::memory_order_acquire) >> 32), "",
             age_text(age_of(c.heartbeat_ns.load(std::memory_order_acquire)))});
  out << table << '\n';
}

void print_workers(const RegionView& view, std::ostream& out) {
  TextTable table({">worker", ">heartbeat", ">numbers", ">epochs behind"});
  const uint64_t epoch = view.region().control().epoch.load(std::memory_order_acquire);
  for (uint32_t w = 0; w < view.workers(); ++w) {
    shm::WorkerStatus& s = view.region().worker(w);
    table.add({std::to_string(w), age_text(age_of(s.heartbeat_ns.load(std::memory_order_acquire))),
               age_text(age_of(view.look(w).at)),
               grouped(epoch - s.seen_epoch.load(std::memory_order_acquire))});
  }
  out << table << '\n';
}

void print_ports(const RegionView& view, std::ostream& out) {
  TextTable table({"port", "driver", "link", ">mtu", "mac", "candidates", "udp ports", "offloads"});
  for (const shm::PortInfo& p : ports_of(view)) {
    table.add({std::string(p.name.view()), std::string(p.driver.view()), link_text(p),
               std::to_string(p.mtu), mac_text(p), joined(candidates_of(p)),
               joined(udp_ports_of(p, view.workers())), joined(offloads_of(p))});
  }
  if (!table.empty()) out << table << '\n';
}

void print_tables(const RegionView& view, std::ostream& out) {
  TextTable table({"table", ">live", ">filling", ">retired", ">capacity", ">use"});
  for (const TableId t : all_tables) {
    const TableUse use = use_of(view.region(), t);
    const uint64_t used = uint64_t{use.capacity} - use.of(SlotState::free);
    table.add({table_name(t), grouped(use.of(SlotState::live)), grouped(use.of(SlotState::filling)),
               grouped(use.of(SlotState::retired)), grouped(use.capacity),
               std::to_string(used * 100 / use.capacity) + " %"});
  }
  out << table << '\n';
}

void print_rings(const RegionView& view, std::ostream& out) {
  TextTable table({"ring", ">worker", ">records", ">capacity", ">dropped"});
  for (const RingUse& r : ring_uses(view)) {
    table.add({r.name, std::to_string(r.worker), grouped(r.records), grouped(r.capacity),
               grouped(r.dropped)});
  }
  out << table;
}

}  // namespace

ExitCode show_status(const Options& options, Output output) {
  const auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  if (options.json) {
    print_json_status(*view, output.out);
  } else {
    output.out << "region " << options.region << "\n\n";
    print_daemons(*view, output.out);
    print_workers(*view, output.out);
    print_ports(*view, output.out);
    print_tables(*view, output.out);
    print_rings(*view, output.out);
  }
  return view->dataplane_alive() && view->control_alive() ? ExitCode::ok : ExitCode::finding;
}

}  // namespace sluice::ctl
