#include "perf/lane.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "perf/core_pin.h"

namespace sluice::perf {

void Lane::begin(const Lane* beside) {
  beside_ = beside;
  now_ = began_ = rig_.now();
  began_cycles_ = rte_rdtsc();
  ns_per_cycle_ = 1e9 / static_cast<double>(rte_get_tsc_hz());
  served_ = {};
  sent_ = rig_.counters(worker_)[shm::Counter::sent_media];
}

bool Lane::loop() {
  const auto& counters = rig_.counters(worker_);
  const uint64_t sent_before = counters[shm::Counter::sent_media];
  const int64_t interrupted = interruptions();
  const uint64_t start = rte_rdtsc();
  now_ = began_ + static_cast<TimeNs>(static_cast<double>(start - began_cycles_) * ns_per_cycle_);
  rig_.step(worker_, now_);
  const uint64_t took = rte_rdtsc() - start;
  const uint64_t sent = counters[shm::Counter::sent_media];
  const uint64_t there = beside_ != nullptr ? beside_->loops() : 0;
  const bool alone = beside_ != nullptr && there == beside_loops_;
  beside_loops_ = there;
  if (sent != sent_before && !alone && interruptions() == interrupted) {
    served_.cycles += took;
    served_.packets += sent - sent_before;
  }
  loops_.fetch_add(1, std::memory_order_relaxed);
  sent_.store(sent, std::memory_order_release);
  return !rig_.core(worker_).fan_out.idle();
}

void Lane::serve() {
  bool more = true;
  while (more) {
    more = loop();
    collect();
  }
}

void Lane::collect() {
  rte_ring* ring = rig_.output(worker_);
  void* batch[64];
  while (rte_ring_count(ring) > Audience::held_back) {
    const unsigned n = rte_ring_dequeue_burst(ring, batch, 64, nullptr);
    for (unsigned i = 0; i < n; ++i) {
      if (++seen_ % sample_every != 0) continue;
      const auto* m = static_cast<const rte_mbuf*>(batch[i]);
      const auto* bytes = rte_pktmbuf_mtod(m, const uint8_t*);
      samples_.emplace_back(bytes, bytes + m->data_len);
    }
    rte_pktmbuf_free_bulk(reinterpret_cast<rte_mbuf**>(batch), n);
  }
}

double Lane::ns_per_packet() const {
  if (served_.packets == 0) return 0;
  return static_cast<double>(served_.cycles) * ns_per_cycle_ / static_cast<double>(served_.packets);
}

}  // namespace sluice::perf
