// HeldFrames: frames that left a node, held back before their buffers are used again, as a NIC's
// descriptors hold them.
#pragma once

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <array>

namespace sluice::perf {

class HeldFrames {
 public:
  HeldFrames() = default;
  ~HeldFrames() { rte_pktmbuf_free_bulk(held_.data(), count); }  // which passes over null
  HeldFrames(const HeldFrames&) = delete;
  HeldFrames& operator=(const HeldFrames&) = delete;

  // Takes all that has left by this ring; look(frame) sees each first.
  template <class Look>
  void take(rte_ring* from, Look look) {
    void* batch[64];
    unsigned n;
    while ((n = rte_ring_dequeue_burst(from, batch, 64, nullptr)) != 0) {
      for (unsigned i = 0; i < n; ++i) {
        auto* m = static_cast<rte_mbuf*>(batch[i]);
        look(m);
        rte_pktmbuf_free(held_[next_]);
        held_[next_] = m;
        next_ = (next_ + 1) % count;
      }
    }
  }

 private:
  static constexpr unsigned count = 4'096;
  std::array<rte_mbuf*, count> held_{};
  unsigned next_ = 0;
};

}  // namespace sluice::perf
