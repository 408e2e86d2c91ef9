#include "common/service/service_manager.h"

#include <systemd/sd-daemon.h>

namespace sluice::service {

namespace {

// A manager that does not listen is not the daemon's trouble.
void tell(const char* state) {
  static_cast<void>(sd_notify(0, state));
}

}  // namespace

void tell_ready() {
  tell("READY=1");
}
void tell_stopping() {
  tell("STOPPING=1");
}
void tell_alive() {
  tell("WATCHDOG=1");
}

TimeNs alive_interval_ns() {
  uint64_t allowed_us = 0;
  if (sd_watchdog_enabled(0, &allowed_us) <= 0) return 0;
  return static_cast<TimeNs>(allowed_us / 2) * ns_per_us;
}

}  // namespace sluice::service
