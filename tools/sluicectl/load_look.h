// How workers spend their time: what stage, loop and back-pressure counters say together.
#pragma once

#include <string_view>
#include <vector>

#include "tools/sluicectl/json.h"

namespace sluice::ctl {

// What was counted between two looks; of a level (is_level) nothing. A data plane that started anew
// counts from zero: what seems to have shrunk is nothing too.
shm::Counters difference(const shm::Counters& from, const shm::Counters& to);

// What was counted in a stretch of time, by one worker or by all of them.
struct Stretch {
  shm::Counters counted;   // differences
  shm::Counters standing;  // as they are at its end: gauges and maxima
  double seconds = 0;      // 0 = unknown
  std::size_t workers = 1;
};

struct StageLook {
  std::string_view name, help;
  uint64_t ticks, runs, items;
  double ticks_per_item, ns_per_item, items_per_run;  // 0 when there is nothing to divide by
  double share;                                       // of the time of all stages
};
// In the loop's order.
std::vector<StageLook> stages_of(const shm::Counters& counted, uint64_t tsc_hz);

struct LoopLook {
  double busy_share;  // of the workers' time; negative = unknown
  double packets_per_visit;
  double packets_per_slice;
  uint64_t loops, over_threshold;
  uint64_t loop_ns_max;  // since the start
  // Back-pressure: what waits now, and what found no room.
  uint64_t in_flight, handover_pending;
  uint64_t links_full, handover_full, tx_full, pool_empty, log_overrun;
};
LoopLook loop_of(const Stretch& stretch);

double ratio(uint64_t a, uint64_t b);  // 0 when b is

Json stages_json(const shm::Counters& counted, uint64_t tsc_hz);
Json loop_json(const LoopLook& look);
void print_stages(std::ostream& out, const shm::Counters& counted, uint64_t tsc_hz);
// One row each; the titles come with them.
void print_loops(std::ostream& out, const std::vector<std::pair<std::string, LoopLook>>& rows);

}  // namespace sluice::ctl
