#include "dataplane/port/mbuf_pools.h"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <string>

#include "dataplane/eal.h"

namespace sluice::dataplane {

Result<MbufPools> MbufPools::create(uint32_t workers, uint32_t mbufs, uint32_t mtu) {
  // Whole cache lines, but no more: what goes round should fit the caches and the TLB.
  const auto transmit_room = static_cast<uint16_t>((mtu + 63) / 64 * 64);
  MbufPools pools;
  const auto add = [&](const char* stem, uint32_t worker, uint32_t cache, uint16_t room) {
    const std::string name = stem + std::to_string(worker);
    // Memory of the worker's own NUMA node where EAL knows it.
    const auto socket = static_cast<int>(rte_lcore_to_socket_id(worker_lcore(worker)));
    return rte_pktmbuf_pool_create(name.c_str(), mbufs, cache, 0,
                                   static_cast<uint16_t>(room + RTE_PKTMBUF_HEADROOM), socket);
  };
  for (uint32_t w = 0; w < workers; ++w) {
    rte_mempool* receive = add("mbufs_rx_", w, mbuf_cache, mbuf_data_room);
    if (receive != nullptr) pools.receive_.push_back(receive);
    rte_mempool* transmit = receive != nullptr ? add("mbufs_tx_", w, 0, transmit_room) : nullptr;
    if (transmit == nullptr) {
      const uint64_t mib = uint64_t{mbufs} *
                               (mbuf_data_room + transmit_room + 2 * (RTE_PKTMBUF_HEADROOM + 256)) *
                               workers >>
                           20;
      return Error{"dataplane.mbufs_per_worker: cannot allocate " + std::to_string(mbufs) +
                   " packet buffers each way for each of " + std::to_string(workers) +
                   " workers (" + rte_strerror(rte_errno) + "): about " + std::to_string(mib) +
                   " MiB; raise dataplane.memory_mib or lower dataplane.mbufs_per_worker"};
    }
    pools.transmit_.push_back(transmit);
  }
  return pools;
}

MbufPools::~MbufPools() {
  for (rte_mempool* pool : receive_) rte_mempool_free(pool);
  for (rte_mempool* pool : transmit_) rte_mempool_free(pool);
}

}  // namespace sluice::dataplane
