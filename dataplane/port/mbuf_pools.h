// The packet buffers of each worker: what its queues receive into and what it sends from.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/result.h"

struct rte_mempool;

namespace sluice::dataplane {

inline constexpr uint32_t mbuf_cache = 512;
inline constexpr uint16_t mbuf_data_room = 2'048;  // plus RTE_PKTMBUF_HEADROOM

class MbufPools {
 public:
  // One pool of `mbufs` per worker. The error says how much memory that takes.
  static Result<MbufPools> create(uint32_t workers, uint32_t mbufs);
  MbufPools(MbufPools&& other) noexcept : pools_(std::move(other.pools_)) {}
  MbufPools& operator=(MbufPools&&) = delete;
  ~MbufPools();

  rte_mempool* of(uint32_t worker) const { return pools_[worker]; }

 private:
  MbufPools() = default;
  std::vector<rte_mempool*> pools_;
};

}  // namespace sluice::dataplane
