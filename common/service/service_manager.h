// What a daemon tells the service manager that started it (systemd: sd_notify(3)). Where none
// listens, as in a terminal, nothing happens.
#pragma once

#include "common/base/time.h"

namespace sluice::service {

void tell_ready();     // serves from now on
void tell_stopping();  // was told to end, and is about it
void tell_alive();     // the main loop runs and what it looks after does too

// How often tell_alive() is due: twice in the time that the manager allows (WatchdogSec). 0 =
// never.
TimeNs alive_interval_ns();

}  // namespace sluice::service
