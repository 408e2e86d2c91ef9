// sluicectl stat: every counter per worker and in sum, and where the workers' time goes; with an
// interval also what the difference of two looks says.
#include <chrono>
#include <ostream>
#include <thread>

#include "tools/sluicectl/load_look.h"
#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

using shm::Counter;
using shm::Counters;

struct Rate {
  const char* name;
  const char* unit;
  double value;
};

// d: what was counted in `seconds` by `workers` workers.
std::vector<Rate> rates(const Counters& d, double seconds, std::size_t workers) {
  const auto per_s = [&](Counter c) { return static_cast<double>(d[c]) / seconds; };
  return {
      {"received", "packets/s", per_s(Counter::rx_packets)},
      {"received_bits", "bit/s", 8 * per_s(Counter::rx_bytes)},
      {"sent", "packets/s", per_s(Counter::tx_packets)},
      {"sent_bits", "bit/s", 8 * per_s(Counter::tx_bytes)},
      {"sent_media", "packets/s", per_s(Counter::sent_media)},
      {"dropped_in", "packets/s",
       static_cast<double>(d.sum(shm::CounterGroup::ingress_drop)) / seconds},
      {"not_forwarded", "packets/s",
       static_cast<double>(d.sum(shm::CounterGroup::egress_drop)) / seconds},
      {"busy", "of the workers' time",
       per_s(Counter::busy_ns) / 1e9 / static_cast<double>(workers)},
      {"cost", "ns per packet sent", ratio(d[Counter::busy_ns], d[Counter::sent_media])},
      {"per_visit", "packets", ratio(d[Counter::sent_media], d[Counter::visits])},
      {"loops", "1/s", per_s(Counter::loops)},
  };
}

Json counters_json(const Counters& c) {
  Json json = Json::object();
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    json[std::string(shm::counter_infos[i].name)] = c.values[i];
  }
  return json;
}

Json rates_json(const Counters& d, double seconds, std::size_t workers) {
  Json json = Json::object();
  for (const Rate& r : rates(d, seconds, workers))
    json[r.name] = {{"value", r.value}, {"unit", r.unit}};
  return json;
}

void print_counters(std::ostream& out, const std::vector<WorkerLook>& looks, const Counters& node) {
  std::vector<std::string> titles = {"counter", ">node"};
  const bool several = looks.size() > 1;
  for (std::size_t w = 0; several && w < looks.size(); ++w)
    titles.push_back(">worker " + std::to_string(w));
  titles.insert(titles.end(), {"unit", "meaning"});
  TextTable table(std::move(titles));
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    if (is_of_stage(static_cast<Counter>(i))) continue;  // in a table of their own
    const shm::CounterInfo& info = shm::counter_infos[i];
    std::vector<std::string> row = {std::string(info.name), grouped(node.values[i])};
    for (std::size_t w = 0; several && w < looks.size(); ++w) {
      row.push_back(grouped(looks[w].counters.values[i]));
    }
    row.insert(row.end(), {std::string(info.unit), std::string(info.help)});
    table.add(std::move(row));
  }
  out << table;
}

void print_rates(std::ostream& out, const Counters& d, double seconds, std::size_t workers) {
  TextTable table({"rate", ">value", "unit"});
  for (const Rate& r : rates(d, seconds, workers)) table.add({r.name, scaled(r.value), r.unit});
  out << '\n' << table;
}

// Two looks, or one and the start of the data plane.
struct Looks {
  std::vector<WorkerLook> before, after;
  double interval_s = 0;  // between them; 0 = only `after`

  Stretch of(const RegionView& view, std::size_t worker) const {
    const shm::Counters& now = after[worker].counters;
    if (interval_s > 0) return {difference(before[worker].counters, now), now, interval_s, 1};
    return {now, now, since_start(view, after[worker].at), 1};
  }
  Stretch of_node(const RegionView& view) const {
    const Counters now = RegionView::sum(after);
    if (interval_s > 0) {
      return {difference(RegionView::sum(before), now), now, interval_s, after.size()};
    }
    TimeNs newest = 0;
    for (const WorkerLook& l : after) newest = std::max(newest, l.at);
    return {now, now, since_start(view, newest), after.size()};
  }

 private:
  // Seconds from the start of the data plane to `at`, 0 when either is unknown.
  static double since_start(const RegionView& view, TimeNs at) {
    const UnixNs started =
        view.region().dataplane().started_unix_ns.load(std::memory_order_acquire);
    if (started == 0 || at == 0) return 0;
    return std::max(0.0, static_cast<double>(unix_now() - started - age_of(at)) / 1e9);
  }
};

Looks look_twice(const RegionView& view, double interval_s) {
  Looks looks;
  const TimeNs first_at = monotonic_now();
  if (interval_s > 0) {
    looks.before = view.look_at_all();
    std::this_thread::sleep_for(std::chrono::duration<double>(interval_s));
    looks.interval_s = static_cast<double>(monotonic_now() - first_at) / 1e9;
  }
  looks.after = view.look_at_all();
  return looks;
}

void add_load_json(Json& to, const Stretch& stretch, double interval_s, uint64_t tsc_hz) {
  to["stages"] = stages_json(stretch.counted, tsc_hz);
  to["load"] = loop_json(loop_of(stretch));
  if (interval_s > 0) to["rates"] = rates_json(stretch.counted, interval_s, stretch.workers);
}

Json all_json(const RegionView& view, const Looks& looks, uint64_t tsc_hz) {
  Json json = region_json(view);
  json["tsc_hz"] = tsc_hz;
  json["workers"] = Json::array();
  for (std::size_t w = 0; w < looks.after.size(); ++w) {
    Json worker = {{"worker", w},
                   {"age_ms", age_json(age_of(looks.after[w].at))},
                   {"counters", counters_json(looks.after[w].counters)}};
    add_load_json(worker, looks.of(view, w), looks.interval_s, tsc_hz);
    json["workers"].push_back(std::move(worker));
  }
  const Stretch node = looks.of_node(view);
  json["node"]["counters"] = counters_json(node.standing);
  if (looks.interval_s > 0) json["node"]["interval_s"] = looks.interval_s;
  add_load_json(json["node"], node, looks.interval_s, tsc_hz);
  for (const shm::CounterInfo& info : shm::counter_infos)
    json["units"][std::string(info.name)] = info.unit;
  return json;
}

void print_all(std::ostream& out, const RegionView& view, const Looks& looks, uint64_t tsc_hz) {
  const Stretch node = looks.of_node(view);
  view.print_age(out);
  print_counters(out, looks.after, node.standing);
  out << "\nof all workers, " << (looks.interval_s > 0 ? "in the interval" : "since the start")
      << ":\n";
  print_stages(out, node.counted, tsc_hz);
  std::vector<std::pair<std::string, LoopLook>> rows = {{"node", loop_of(node)}};
  for (std::size_t w = 0; looks.after.size() > 1 && w < looks.after.size(); ++w) {
    rows.emplace_back("worker " + std::to_string(w), loop_of(looks.of(view, w)));
  }
  out << '\n';
  print_loops(out, rows);
  if (looks.interval_s > 0) print_rates(out, node.counted, looks.interval_s, node.workers);
}

}  // namespace

ExitCode show_stat(const Options& options, double interval_s, Output output) {
  const auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  const Looks looks = look_twice(*view, interval_s);
  const uint64_t tsc_hz = view->region().dataplane().tsc_hz.load(std::memory_order_acquire);
  if (options.json) {
    print_json(output.out, all_json(*view, looks, tsc_hz));
  } else {
    print_all(output.out, *view, looks, tsc_hz);
  }
  return ExitCode::ok;
}

}  // namespace sluice::ctl
