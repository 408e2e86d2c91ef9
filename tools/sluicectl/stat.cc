// sluicectl stat: every counter per worker and in sum; with an interval also what the difference of
// two looks says.
#include <chrono>
#include <ostream>
#include <thread>

#include "tools/sluicectl/json.h"
#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

using shm::Counter;
using shm::Counters;

Counters difference(const Counters& from, const Counters& to) {
  Counters d;
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    // A data plane that started anew counts from zero.
    if (!is_level(shm::counter_infos[i]) && to.values[i] >= from.values[i]) {
      d.values[i] = to.values[i] - from.values[i];
    }
  }
  return d;
}

struct Rate {
  const char* name;
  const char* unit;
  double value;
};

double ratio(uint64_t a, uint64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

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

}  // namespace

ExitCode show_stat(const Options& options, double interval_s, Output output) {
  const auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  const TimeNs first_at = monotonic_now();
  const std::vector<WorkerLook> before = view->look_at_all();
  std::vector<WorkerLook> looks = before;
  double seconds = 0;
  if (interval_s > 0) {
    std::this_thread::sleep_for(std::chrono::duration<double>(interval_s));
    seconds = static_cast<double>(monotonic_now() - first_at) / 1e9;
    looks = view->look_at_all();
  }
  const Counters node = RegionView::sum(looks);
  const Counters change = difference(RegionView::sum(before), node);
  if (!options.json) {
    view->print_age(output.out);
    print_counters(output.out, looks, node);
    if (seconds > 0) print_rates(output.out, change, seconds, looks.size());
    return ExitCode::ok;
  }
  Json json = region_json(*view);
  json["workers"] = Json::array();
  for (std::size_t w = 0; w < looks.size(); ++w) {
    Json worker = {{"worker", w},
                   {"age_ms", age_json(age_of(looks[w].at))},
                   {"counters", counters_json(looks[w].counters)}};
    if (seconds > 0) {
      worker["rates"] = rates_json(difference(before[w].counters, looks[w].counters), seconds, 1);
    }
    json["workers"].push_back(std::move(worker));
  }
  json["node"]["counters"] = counters_json(node);
  if (seconds > 0) {
    json["node"]["interval_s"] = seconds;
    json["node"]["rates"] = rates_json(change, seconds, looks.size());
  }
  for (const shm::CounterInfo& info : shm::counter_infos)
    json["units"][std::string(info.name)] = info.unit;
  print_json(output.out, json);
  return ExitCode::ok;
}

}  // namespace sluice::ctl
