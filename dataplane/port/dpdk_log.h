// What DPDK says, as lines of the daemon's own log: area dpdk, the text as a value.
#pragma once

namespace sluice::dataplane {

// From now on and for good; once per process, and before EAL starts so that nothing goes past it.
// DriverLog takes precedence while it lives.
void route_dpdk_log();

}  // namespace sluice::dataplane
