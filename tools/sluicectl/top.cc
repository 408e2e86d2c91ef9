// sluicectl top: what the workers do right now, and the busiest rooms.
#include <algorithm>
#include <ostream>
#include <sstream>

#include "tools/sluicectl/admin_client.h"
#include "tools/sluicectl/json_table.h"
#include "tools/sluicectl/load_look.h"
#include "tools/sluicectl/room_traffic.h"
#include "tools/sluicectl/terminal_screen.h"
#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

using shm::Counter;
using shm::CounterGroup;

constexpr std::size_t rooms_shown_max = 10;

struct Moment {
  std::vector<WorkerLook> looks;
  TrafficLook traffic;
  TimeNs at = 0;
};

Moment look(const RegionView& view) {
  return {view.look_at_all(), traffic_of(view.region()), monotonic_now()};
}

double per_s(uint64_t counted, double seconds) {
  return static_cast<double>(counted) / seconds;
}

Json load_json(Json name, const Stretch& s) {
  const shm::Counters& c = s.counted;
  const uint64_t drops = c.sum(CounterGroup::ingress_drop);
  return {{"worker", std::move(name)},
          {"busy_percent", 100 * loop_of(s).busy_share},
          {"rx_packets_per_s", per_s(c[Counter::rx_packets], s.seconds)},
          {"rx_bits_per_s", per_s(8 * c[Counter::rx_bytes], s.seconds)},
          {"tx_packets_per_s", per_s(c[Counter::tx_packets], s.seconds)},
          {"tx_bits_per_s", per_s(8 * c[Counter::tx_bytes], s.seconds)},
          {"drops_per_s", per_s(drops, s.seconds)},
          {"not_forwarded_per_s", per_s(c.sum(CounterGroup::egress_drop), s.seconds)}};
}

// Named, the most frequent first; what did not happen is left out.
Json drops_json(const Stretch& s) {
  std::vector<std::size_t> happened;
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    const CounterGroup group = shm::counter_infos[i].group;
    const bool drop = group == CounterGroup::ingress_drop || group == CounterGroup::egress_drop;
    if (drop && s.counted.values[i] != 0) happened.push_back(i);
  }
  std::sort(happened.begin(), happened.end(), [&](std::size_t a, std::size_t b) {
    return s.counted.values[a] > s.counted.values[b];
  });
  Json rows = Json::array();
  for (const std::size_t i : happened) {
    rows.push_back({{"drop", shm::counter_infos[i].name},
                    {"per_s", per_s(s.counted.values[i], s.seconds)},
                    {"meaning", shm::counter_infos[i].help}});
  }
  return rows;
}

// The busiest first; null when the control plane does not answer.
Json rooms_json(const Options& options, const Moment& before, const Moment& after, double seconds) {
  schema::AdminRequest request;
  request.mutable_list_rooms();
  const auto response = ask(options.socket, request);
  if (!response || !response->error().empty()) return {};
  Json json = Json::array();
  for (const RoomTraffic& r :
       busiest(response->rooms(), before.traffic, after.traffic, seconds, rooms_shown_max)) {
    const int64_t age_ms = unix_now() / ns_per_ms - r.room->created_unix_ms();
    json.push_back({{"meeting_id", r.room->meeting_id()},
                    {"participants", r.room->participants_size()},
                    {"rx_bits_per_s", r.rx_bits_per_s},
                    {"tx_bits_per_s", r.tx_bits_per_s},
                    {"age_ms", std::max<int64_t>(0, age_ms)}});
  }
  return json;
}

// Both moments of one region; `before` is of as many workers.
Json top_json(const Options& options, const RegionView& view, const Moment& before,
              const Moment& after) {
  const double seconds = static_cast<double>(after.at - before.at) / static_cast<double>(ns_per_s);
  Json json = region_json(view);
  json["interval_s"] = seconds;
  json["workers"] = Json::array();
  for (std::size_t w = 0; w < after.looks.size(); ++w) {
    const shm::Counters& now = after.looks[w].counters;
    json["workers"].push_back(
        load_json(w, {difference(before.looks[w].counters, now), now, seconds, 1}));
  }
  const shm::Counters now = RegionView::sum(after.looks);
  const Stretch node{difference(RegionView::sum(before.looks), now), now, seconds,
                     after.looks.size()};
  json["node"] = load_json("node", node);
  json["drops"] = drops_json(node);
  json["rooms"] = rooms_json(options, before, after, seconds);
  return json;
}

const std::vector<JsonColumn> load_columns = {
    {"worker", "worker"},
    {"busy_percent", ">busy", CellForm::percent},
    {"rx_packets_per_s", ">packets/s in", CellForm::scaled},
    {"rx_bits_per_s", ">bit/s in", CellForm::scaled},
    {"tx_packets_per_s", ">packets/s out", CellForm::scaled},
    {"tx_bits_per_s", ">bit/s out", CellForm::scaled},
    {"drops_per_s", ">dropped/s", CellForm::scaled},
    {"not_forwarded_per_s", ">not forwarded/s", CellForm::scaled}};
const std::vector<JsonColumn> drop_columns = {
    {"drop", "drop"}, {"per_s", ">packets/s", CellForm::scaled}, {"meaning", "meaning"}};
const std::vector<JsonColumn> room_columns = {{"meeting_id", "busiest rooms"},
                                              {"participants", ">participants", CellForm::count},
                                              {"rx_bits_per_s", ">bit/s in", CellForm::scaled},
                                              {"tx_bits_per_s", ">bit/s out", CellForm::scaled},
                                              {"age_ms", ">age", CellForm::age_ms}};

std::string text_of(const RegionView& view, const Json& json) {
  std::ostringstream out;
  out << "sluice " << view.region().directory() << ", last " << scaled(json["interval_s"]) << "s\n";
  view.print_age(out);
  Json load = json["workers"];
  if (load.size() > 1) load.push_back(json["node"]);
  out << '\n';
  print_table(load, load_columns, "workers", out);
  out << '\n';
  print_table(json["drops"], drop_columns, "drops", out);
  out << '\n';
  if (json["rooms"].is_null()) {
    out << "rooms: the control plane does not answer\n";
  } else {
    print_table(json["rooms"], room_columns, "rooms", out);
  }
  return out.str();
}

}  // namespace

ExitCode show_top(const Options& options, double interval_s, bool once, Output output) {
  if (options.json && !once) {
    output.err << "top: --json needs --once\n";
    return ExitCode::usage;
  }
  auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  Moment before = look(*view);
  TerminalScreen screen(output.out, !once);
  while (screen.wait(interval_s)) {
    // Opened anew: a data plane with other capacities makes another region in its place.
    view = RegionView::open(options, output);
    if (!view) return ExitCode::unreachable;
    Moment after = look(*view);
    if (after.looks.size() == before.looks.size()) {
      const Json json = top_json(options, *view, before, after);
      if (options.json) {
        print_json(output.out, json);
      } else {
        screen.show(text_of(*view, json));
      }
      if (once) break;
    }
    before = std::move(after);
  }
  return ExitCode::ok;
}

}  // namespace sluice::ctl
