#include "tools/sluicectl/load_look.h"

#include <cstdio>
#include <ostream>

#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

using shm::Counter;

namespace {

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string percent(double share) {
  return share < 0 ? "-" : fixed(share * 100) + " %";
}

}  // namespace

shm::Counters difference(const shm::Counters& from, const shm::Counters& to) {
  shm::Counters d;
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    if (!is_level(shm::counter_infos[i]) && to.values[i] >= from.values[i]) {
      d.values[i] = to.values[i] - from.values[i];
    }
  }
  return d;
}

double ratio(uint64_t a, uint64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

std::vector<StageLook> stages_of(const shm::Counters& counted, uint64_t tsc_hz) {
  std::vector<StageLook> looks;
  uint64_t all = 0;
  for (std::size_t i = 0; i < shm::stage_count; ++i) {
    const auto stage = static_cast<shm::Stage>(i);
    StageLook s{};
    s.name = shm::stage_infos[i].name;
    s.help = shm::stage_infos[i].help;
    s.ticks = counted[ticks_of(stage)];
    s.runs = counted[runs_of(stage)];
    s.items = counted[items_of(stage)];
    s.ticks_per_item = ratio(s.ticks, s.items);
    s.ns_per_item = s.ticks_per_item * ratio(uint64_t{ns_per_s}, tsc_hz);
    s.items_per_run = ratio(s.items, s.runs);
    all += s.ticks;
    looks.push_back(s);
  }
  for (StageLook& s : looks) s.share = ratio(s.ticks, all);
  return looks;
}

LoopLook loop_of(const Stretch& stretch) {
  const shm::Counters& c = stretch.counted;
  LoopLook look{};
  look.busy_share = stretch.seconds <= 0
                        ? -1
                        : static_cast<double>(c[Counter::busy_ns]) / static_cast<double>(ns_per_s) /
                              stretch.seconds / static_cast<double>(stretch.workers);
  look.packets_per_visit = ratio(c[Counter::sent_media], c[Counter::visits]);
  look.packets_per_slice = ratio(c[Counter::sent_media], c[Counter::slices]);
  look.loops = c[Counter::loops];
  look.over_threshold = c[Counter::loops_over_threshold];
  look.loop_ns_max = stretch.standing[Counter::loop_ns_max];
  look.in_flight = stretch.standing[Counter::in_flight];
  look.handover_pending = stretch.standing[Counter::handover_pending];
  look.links_full = c[Counter::links_full];
  look.handover_full = c[Counter::drop_handover_full];
  look.tx_full = c[Counter::egress_tx_full];
  look.pool_empty = c[Counter::egress_pool_empty];
  look.log_overrun = c[Counter::egress_log_overrun];
  return look;
}

Json stages_json(const shm::Counters& counted, uint64_t tsc_hz) {
  Json json = Json::array();
  for (const StageLook& s : stages_of(counted, tsc_hz)) {
    json.push_back({{"stage", s.name},
                    {"ticks", s.ticks},
                    {"runs", s.runs},
                    {"items", s.items},
                    {"ticks_per_item", s.ticks_per_item},
                    {"ns_per_item", s.ns_per_item},
                    {"items_per_run", s.items_per_run},
                    {"share", s.share}});
  }
  return json;
}

Json loop_json(const LoopLook& look) {
  return {{"busy_share", look.busy_share < 0 ? Json() : Json(look.busy_share)},
          {"packets_per_visit", look.packets_per_visit},
          {"packets_per_slice", look.packets_per_slice},
          {"loops", look.loops},
          {"loops_over_threshold", look.over_threshold},
          {"loop_ns_max", look.loop_ns_max},
          {"waiting", {{"in_flight", look.in_flight}, {"handover_pending", look.handover_pending}}},
          {"no_room",
           {{"links_full", look.links_full},
            {"handover_full", look.handover_full},
            {"tx_full", look.tx_full},
            {"pool_empty", look.pool_empty},
            {"log_overrun", look.log_overrun}}}};
}

void print_stages(std::ostream& out, const shm::Counters& counted, uint64_t tsc_hz) {
  TextTable table(
      {"stage", ">share", ">ns/item", ">cycles/item", ">items/run", ">runs", "what it does"});
  uint64_t ticks = 0;
  for (const StageLook& s : stages_of(counted, tsc_hz)) {
    ticks += s.ticks;
    table.add({std::string(s.name), percent(s.share), fixed(s.ns_per_item), fixed(s.ticks_per_item),
               fixed(s.items_per_run), grouped(s.runs), std::string(s.help)});
  }
  if (ticks == 0) {
    out << "no stage was measured; see dataplane.stage_counters\n";
  } else {
    out << table;
  }
}

void print_loops(std::ostream& out, const std::vector<std::pair<std::string, LoopLook>>& rows) {
  TextTable load({"load", ">busy", ">packets/visit", ">packets/slice", ">loops", ">over 1 ms",
                  ">longest ever"});
  TextTable pressure({"back-pressure", ">in flight", ">handover pending", ">links full",
                      ">handover full", ">tx full", ">pool empty", ">log overrun"});
  for (const auto& [name, l] : rows) {
    load.add({name, percent(l.busy_share), fixed(l.packets_per_visit), fixed(l.packets_per_slice),
              grouped(l.loops), grouped(l.over_threshold),
              fixed(static_cast<double>(l.loop_ns_max) / static_cast<double>(ns_per_us)) + " us"});
    pressure.add({name, grouped(l.in_flight), grouped(l.handover_pending), grouped(l.links_full),
                  grouped(l.handover_full), grouped(l.tx_full), grouped(l.pool_empty),
                  grouped(l.log_overrun)});
  }
  out << load << '\n' << pressure;
}

}  // namespace sluice::ctl
