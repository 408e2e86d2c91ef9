// FrameSupply: the empty mbufs that a worker sends from. Its pool is as large as the worst moment
// needs, but what goes round should fit the caches: only what is in flight does, and some more; the
// rest waits in reserve. Private to one worker.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

struct rte_mbuf;
struct rte_mempool;

namespace sluice::dataplane {

class FrameSupply {
 public:
  // The pool of MbufPools::transmit(); outlives this.
  explicit FrameSupply(rte_mempool* pool);
  ~FrameSupply();  // gives the reserve back
  FrameSupply(const FrameSupply&) = delete;
  FrameSupply& operator=(const FrameSupply&) = delete;

  // Raw mbufs (frame_mbuf.h's set_frame makes them frames), all or none.
  bool take(std::span<rte_mbuf*> out);
  // A single mbuf, as rte_pktmbuf_alloc gives it. Null: none left.
  rte_mbuf* take_one();
  // Back, unsent and unchained.
  void give(rte_mbuf* m);
  std::size_t reserved() const { return reserve_.size(); }

 private:
  void put_aside(std::size_t n);
  void put_back(std::size_t n);

  rte_mempool* pool_;
  std::vector<rte_mbuf*> reserve_;  // the last one comes back first
};

}  // namespace sluice::dataplane
