#include "dataplane/port/mbuf_pools.h"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <string>

#include "dataplane/eal.h"

namespace sluice::dataplane {

Result<MbufPools> MbufPools::create(uint32_t workers, uint32_t mbufs) {
  MbufPools pools;
  for (uint32_t w = 0; w < workers; ++w) {
    const std::string name = "mbufs_" + std::to_string(w);
    // Memory of the worker's own NUMA node where EAL knows it.
    const auto socket = static_cast<int>(rte_lcore_to_socket_id(worker_lcore(w)));
    rte_mempool* pool = rte_pktmbuf_pool_create(name.c_str(), mbufs, mbuf_cache, 0,
                                                mbuf_data_room + RTE_PKTMBUF_HEADROOM, socket);
    if (pool == nullptr) {
      const uint64_t mib =
          uint64_t{mbufs} * (mbuf_data_room + RTE_PKTMBUF_HEADROOM + 256) * workers >> 20;
      return Error{"dataplane.mbufs_per_worker: cannot allocate " + std::to_string(mbufs) +
                   " packet buffers for each of " + std::to_string(workers) + " workers (" +
                   rte_strerror(rte_errno) + "): about " + std::to_string(mib) +
                   " MiB; raise dataplane.memory_mib or lower dataplane.mbufs_per_worker"};
    }
    pools.pools_.push_back(pool);
  }
  return pools;
}

MbufPools::~MbufPools() {
  for (rte_mempool* pool : pools_) rte_mempool_free(pool);
}

}  // namespace sluice::dataplane
