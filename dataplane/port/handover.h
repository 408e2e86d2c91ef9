// Packets that a port gave to the wrong worker, on their way home: one single-producer ring per
// pair of workers.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/result.h"

struct rte_mbuf;
struct rte_ring;

namespace sluice::dataplane {

inline constexpr uint32_t handover_ring_size = 1'024;

class Handover {
 public:
  // EAL runs.
  static Result<Handover> create(uint32_t workers);
  Handover(Handover&& other) noexcept : workers_(other.workers_), rings_(std::move(other.rings_)) {}
  Handover& operator=(Handover&&) = delete;
  ~Handover();

  // Worker `from`. False when the ring is full: the mbuf stays the caller's.
  bool push(uint32_t from, uint32_t to, rte_mbuf* m) const;
  // Worker `to`. Up to `max` packets that `from` has passed.
  uint32_t pop(uint32_t from, uint32_t to, rte_mbuf** out, uint32_t max) const;
  // Waiting for worker `to`.
  uint32_t pending(uint32_t to) const;
  uint32_t workers() const { return workers_; }

 private:
  explicit Handover(uint32_t workers) : workers_(workers) {}
  rte_ring* ring(uint32_t from, uint32_t to) const { return rings_[from * workers_ + to]; }

  uint32_t workers_;
  std::vector<rte_ring*> rings_;  // null on the diagonal
};

}  // namespace sluice::dataplane
