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
  // Two pools per worker, of `mbufs` each; what is sent is no longer than `mtu`, the largest of the
  // ports. The error says how much memory that takes.
  static Result<MbufPools> create(uint32_t workers, uint32_t mbufs, uint32_t mtu = 1'500);
  MbufPools(MbufPools&& other) noexcept
      : receive_(std::move(other.receive_)), transmit_(std::move(other.transmit_)) {}
  MbufPools& operator=(MbufPools&&) = delete;
  ~MbufPools();

  rte_mempool* receive(uint32_t worker) const { return receive_[worker]; }
  // First in, first out: ports give buffers back in the order they were sent, so they stay in the
  // order of their addresses, and the hardware fetches the next one's lines by itself.
  rte_mempool* transmit(uint32_t worker) const { return transmit_[worker]; }

 private:
  MbufPools() = default;
  std::vector<rte_mempool*> receive_;
  std::vector<rte_mempool*> transmit_;
};

}  // namespace sluice::dataplane
