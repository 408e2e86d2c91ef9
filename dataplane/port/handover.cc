#include "dataplane/port/handover.h"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <string>

#include "dataplane/eal.h"

namespace sluice::dataplane {

Result<Handover> Handover::create(uint32_t workers) {
  Handover h(workers);
  for (uint32_t from = 0; from < workers; ++from) {
    for (uint32_t to = 0; to < workers; ++to) {
      rte_ring* ring = nullptr;
      if (from != to) {
        const std::string name = "handover_" + std::to_string(from) + "_" + std::to_string(to);
        const auto socket = static_cast<int>(rte_lcore_to_socket_id(worker_lcore(to)));
        ring = rte_ring_create(name.c_str(), handover_ring_size, socket,
                               RING_F_SP_ENQ | RING_F_SC_DEQ);
        if (ring == nullptr) {
          return Error{"cannot allocate the hand-over rings of " + std::to_string(workers) +
                       " workers (" + rte_strerror(rte_errno) + "); raise dataplane.memory_mib"};
        }
      }
      h.rings_.push_back(ring);
    }
  }
  return h;
}

Handover::~Handover() {
  for (rte_ring* ring : rings_) {
    if (ring == nullptr) continue;
    void* m = nullptr;
    while (rte_ring_sc_dequeue(ring, &m) == 0) rte_pktmbuf_free(static_cast<rte_mbuf*>(m));
    rte_ring_free(ring);
  }
}

bool Handover::push(uint32_t from, uint32_t to, rte_mbuf* m) const {
  return rte_ring_sp_enqueue(ring(from, to), m) == 0;
}

uint32_t Handover::pop(uint32_t from, uint32_t to, rte_mbuf** out, uint32_t max) const {
  return rte_ring_sc_dequeue_burst(ring(from, to), reinterpret_cast<void**>(out), max, nullptr);
}

uint32_t Handover::pending(uint32_t to) const {
  uint32_t sum = 0;
  for (uint32_t from = 0; from < workers_; ++from) {
    if (from != to) sum += rte_ring_count(ring(from, to));
  }
  return sum;
}

}  // namespace sluice::dataplane
