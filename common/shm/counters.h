// The counters of common/counters.def as types.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::shm {

enum class Counter : uint32_t {
#define SLUICE_COUNTER(name, group, unit, help) name,
#include "common/counters.def"
#undef SLUICE_COUNTER
};

// The worker's stages; stage s has the counters stage_<s>_ticks, _runs and _items, in this order.
enum class Stage : uint32_t {
#define SLUICE_COUNTER(name, group, unit, help)
#define SLUICE_STAGE(name, what) name,
#include "common/counters.def"
#undef SLUICE_COUNTER
};

enum class CounterGroup : uint8_t {
  rx_seen,
  received_ok,
  ingress_drop,
  visited,
  sent,
  egress_drop,
  info,
  gauge,
  maximum
};

struct CounterInfo {
  std::string_view name;
  CounterGroup group;
  std::string_view unit;
  std::string_view help;
};

// What it was and what it is have no meaningful difference.
constexpr bool is_level(const CounterInfo& info) {
  return info.group == CounterGroup::gauge || info.group == CounterGroup::maximum;
}

inline constexpr CounterInfo counter_infos[] = {
#define SLUICE_COUNTER(name, group, unit, help) {#name, CounterGroup::group, #unit, help},
#include "common/counters.def"
#undef SLUICE_COUNTER
};
inline constexpr std::size_t counter_count = std::size(counter_infos);

struct StageInfo {
  std::string_view name;
  std::string_view help;
};
inline constexpr StageInfo stage_infos[] = {
#define SLUICE_COUNTER(name, group, unit, help)
#define SLUICE_STAGE(name, what) {#name, what},
#include "common/counters.def"
#undef SLUICE_COUNTER
};
inline constexpr std::size_t stage_count = std::size(stage_infos);

// The first of a stage's three counters.
constexpr Counter ticks_of(Stage s) {
  return static_cast<Counter>(static_cast<uint32_t>(Counter::stage_news_ticks) +
                              3 * static_cast<uint32_t>(s));
}
constexpr Counter runs_of(Stage s) {
  return static_cast<Counter>(static_cast<uint32_t>(ticks_of(s)) + 1);
}
constexpr Counter items_of(Stage s) {
  return static_cast<Counter>(static_cast<uint32_t>(ticks_of(s)) + 2);
}
static_assert(items_of(Stage::timers) == Counter::stage_timers_items);
constexpr bool is_of_stage(Counter c) {
  return c >= ticks_of(Stage{0}) && c < ticks_of(static_cast<Stage>(stage_count));
}

// Private to its worker; copied out whole once per loop.
struct Counters {
  std::array<uint64_t, counter_count> values{};

  uint64_t& operator[](Counter c) { return values[static_cast<std::size_t>(c)]; }
  uint64_t operator[](Counter c) const { return values[static_cast<std::size_t>(c)]; }
  uint64_t sum(CounterGroup group) const {
    uint64_t total = 0;
    for (std::size_t i = 0; i < counter_count; ++i) {
      if (counter_infos[i].group == group) total += values[i];
    }
    return total;
  }
};

// Identity 1 of common/counters.def: 0 when every received packet is accounted for.
inline int64_t received_imbalance(const Counters& c) {
  return static_cast<int64_t>(c.sum(CounterGroup::rx_seen)) -
         static_cast<int64_t>(c.sum(CounterGroup::received_ok) + c.sum(CounterGroup::ingress_drop));
}
// Identity 2: 0 when every visited packet is accounted for.
inline int64_t visited_imbalance(const Counters& c) {
  return static_cast<int64_t>(c[Counter::visited]) -
         static_cast<int64_t>(c[Counter::sent_media] + c.sum(CounterGroup::egress_drop) +
                              c[Counter::in_flight]);
}

}  // namespace sluice::shm
