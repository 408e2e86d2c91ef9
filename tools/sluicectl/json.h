// JSON of what several commands show. Keys keep the order in which they are added.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>

#include "tools/sluicectl/region_view.h"

namespace sluice::ctl {

using Json = nlohmann::ordered_json;

// Milliseconds with fraction, or null when negative (never).
inline Json age_json(TimeNs ns) {
  return ns < 0 ? Json() : Json(static_cast<double>(ns) / 1e6);
}

// What every answer about a region begins with.
inline Json region_json(const RegionView& view) {
  shm::DataplaneStatus& d = view.region().dataplane();
  const UnixNs started = d.started_unix_ns.load(std::memory_order_acquire);
  Json dataplane = {{"alive", view.dataplane_alive()},
                    {"pid", d.pid.load(std::memory_order_acquire)},
                    {"incarnation", d.incarnation.load(std::memory_order_acquire)},
                    {"started_unix_ns", started},
                    {"uptime_s", view.dataplane_alive() && started > 0
                                     ? Json(static_cast<double>(unix_now() - started) / 1e9)
                                     : Json()}};
  shm::ControlStatus& c = view.region().control();
  Json control = {
      {"alive", view.control_alive()},
      {"pid", c.wake.load(std::memory_order_acquire) >> 32},
      {"incarnation", c.incarnation.load(std::memory_order_acquire)},
      {"heartbeat_age_ms", age_json(age_of(c.heartbeat_ns.load(std::memory_order_acquire)))}};
  return {{"region", view.region().directory()},
          {"dataplane", std::move(dataplane)},
          {"control", std::move(control)}};
}

// Text that is no UTF-8 (a damaged region) is shown with replacement characters.
inline void print_json(std::ostream& out, const Json& json) {
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace sluice::ctl
