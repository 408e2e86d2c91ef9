#include "perf/exit_stamps.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <array>

#include "common/base/assert.h"

namespace sluice::perf {
namespace {

int field = -1;
std::array<const rte_eth_rxtx_callback*, RTE_MAX_ETHPORTS> callbacks{};

uint64_t* stamp_of(rte_mbuf* m) {
  return RTE_MBUF_DYNFIELD(m, field, uint64_t*);
}

// A frame that the port does not take is stamped again when it is offered again.
uint16_t stamp(uint16_t, uint16_t, rte_mbuf** frames, uint16_t count, void*) {
  const uint64_t now = rte_rdtsc();
  for (uint16_t i = 0; i < count; ++i) *stamp_of(frames[i]) = now;
  return count;
}

}  // namespace

ExitStamps::ExitStamps() {
  SLUICE_ASSERT(field >= 0 || rte_mbuf_dyn_rx_timestamp_register(&field, nullptr) == 0);
  for (uint16_t port = 0; port < callbacks.size(); ++port) {
    if (rte_eth_dev_is_valid_port(port) == 0) continue;
    callbacks[port] = rte_eth_add_tx_callback(port, 0, stamp, nullptr);
    SLUICE_ASSERT(callbacks[port] != nullptr);
  }
}

ExitStamps::~ExitStamps() {
  for (uint16_t port = 0; port < callbacks.size(); ++port) {
    if (callbacks[port] != nullptr) rte_eth_remove_tx_callback(port, 0, callbacks[port]);
    callbacks[port] = nullptr;
  }
}

uint64_t ExitStamps::of(const rte_mbuf* m) {
  return *RTE_MBUF_DYNFIELD(m, field, const uint64_t*);
}

}  // namespace sluice::perf
