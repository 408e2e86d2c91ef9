// sluicectl drops: why packets went no further, and whether every packet is accounted for.
#include <ostream>

#include "tools/sluicectl/json.h"
#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

using shm::CounterGroup;
using shm::Counters;

// One of the two identities of common/counters.def.
struct Identity {
  uint64_t in;
  int64_t difference;  // in - accounted

  uint64_t accounted() const { return in - static_cast<uint64_t>(difference); }
  bool holds() const { return difference == 0; }
};

Identity received(const Counters& c) {
  return {c.sum(CounterGroup::rx_seen), shm::received_imbalance(c)};
}
Identity visited(const Counters& c) {
  return {c[shm::Counter::visited], shm::visited_imbalance(c)};
}
bool holds(const Counters& c) {
  return received(c).holds() && visited(c).holds();
}

Json drops_json(const Counters& c, CounterGroup group) {
  Json drops = Json::object();
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    if (shm::counter_infos[i].group == group)
      drops[std::string(shm::counter_infos[i].name)] = c.values[i];
  }
  return drops;
}

Json identity_json(const Identity& i) {
  return {{"in", i.in}, {"accounted", i.accounted()}, {"difference", i.difference}};
}

void add_counters_json(Json& to, const Counters& c) {
  to["ingress_drops"] = drops_json(c, CounterGroup::ingress_drop);
  to["egress_drops"] = drops_json(c, CounterGroup::egress_drop);
  to["identities"] = {{"received", identity_json(received(c))},
                      {"visited", identity_json(visited(c))}};
}

Json all_json(const RegionView& view, const std::vector<WorkerLook>& looks, const Counters& node) {
  Json json = region_json(view);
  json["workers"] = Json::array();
  for (std::size_t w = 0; w < looks.size(); ++w) {
    Json worker = {{"worker", w}, {"age_ms", age_json(age_of(looks[w].at))}};
    add_counters_json(worker, looks[w].counters);
    json["workers"].push_back(std::move(worker));
  }
  json["node"] = Json::object();
  add_counters_json(json["node"], node);
  return json;
}

void print_drops(std::ostream& out, const Counters& node, CounterGroup group, const char* title) {
  TextTable table({title, ">packets", "meaning"});
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    const shm::CounterInfo& info = shm::counter_infos[i];
    if (info.group == group && node.values[i] != 0) {
      table.add({std::string(info.name), grouped(node.values[i]), std::string(info.help)});
    }
  }
  if (table.empty()) {
    out << title << ": none\n";
  } else {
    out << table;
  }
  out << '\n';
}

void print_identities(std::ostream& out, const std::vector<WorkerLook>& looks,
                      const Counters& node) {
  TextTable table({"identity", ">in", ">accounted", ">difference", ""});
  const auto add = [&](const std::string& name, const Identity& i) {
    table.add({name, grouped(i.in), grouped(i.accounted()), grouped_signed(i.difference),
               i.holds() ? "holds" : "DOES NOT HOLD"});
  };
  for (std::size_t w = 0; w < looks.size(); ++w) {
    add("received, worker " + std::to_string(w), received(looks[w].counters));
    add("visited, worker " + std::to_string(w), visited(looks[w].counters));
  }
  add("received, node", received(node));
  add("visited, node", visited(node));
  out << table;
}

}  // namespace

ExitCode show_drops(const Options& options, Output output) {
  const auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  const std::vector<WorkerLook> looks = view->look_at_all();
  const Counters node = RegionView::sum(looks);
  if (options.json) {
    print_json(output.out, all_json(*view, looks, node));
  } else {
    view->print_age(output.out);
    print_drops(output.out, node, CounterGroup::ingress_drop, "dropped on the way in");
    print_drops(output.out, node, CounterGroup::egress_drop, "not forwarded");
    print_identities(output.out, looks, node);
  }
  bool all_hold = holds(node);
  for (const WorkerLook& l : looks) all_hold = all_hold && holds(l.counters);
  return all_hold ? ExitCode::ok : ExitCode::finding;
}

}  // namespace sluice::ctl
