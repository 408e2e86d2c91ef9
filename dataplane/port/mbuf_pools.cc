#include "dataplane/port/mbuf_pools.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <sys/mman.h>

#include <memory>
#include <string>

#include "dataplane/eal.h"
#include "dataplane/reserved_memory.h"

namespace sluice::dataplane {
namespace {

constexpr std::size_t page = 4'096;

// As rte_pktmbuf_pool_create() does it, but without hugepages: in memory that the kernel gives
// large pages where it has them, and all at once. EAL's would come by a fault for each small page,
// which is most of the time of a start, and after a crash a call waits for that.
rte_mempool* create_on_ordinary_pages(const char* name, uint32_t mbufs, uint32_t cache,
                                      uint16_t data_room, int socket) {
  const uint32_t element = sizeof(rte_mbuf) + data_room;
  rte_mempool* pool =
      rte_mempool_create_empty(name, mbufs, element, cache, sizeof(rte_pktmbuf_pool_private),
                               socket, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
  if (pool == nullptr) return nullptr;
  rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), nullptr);
  rte_pktmbuf_pool_private shape{};
  shape.mbuf_data_room_size = data_room;
  rte_pktmbuf_pool_init(pool, &shape);
  const std::size_t length =
      std::size_t{mbufs} * rte_mempool_calc_obj_size(element, 0, nullptr) + page;
  auto memory = std::make_unique<ReservedMemory>(length);
  madvise(memory->data(), length, MADV_POPULATE_WRITE);  // refused: they come one by one
  const int added = rte_mempool_populate_virt(
      pool, reinterpret_cast<char*>(memory->data()), length, page,
      [](rte_mempool_memhdr*, void* opaque) { delete static_cast<ReservedMemory*>(opaque); },
      memory.get());
  if (added > 0) memory.release();  // the pool's
  if (added != static_cast<int>(mbufs)) {
    rte_mempool_free(pool);
    return nullptr;
  }
  rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
  return pool;
}

}  // namespace

Result<MbufPools> MbufPools::create(uint32_t workers, uint32_t mbufs, uint32_t mtu) {
  // Whole cache lines, but no more: what goes round should fit the caches and the TLB.
  const auto transmit_room = static_cast<uint16_t>((mtu + 63) / 64 * 64);
  MbufPools pools;
  const auto add = [&](const char* stem, uint32_t worker, uint32_t cache, uint16_t room) {
    const std::string name = stem + std::to_string(worker);
    // Memory of the worker's own NUMA node where EAL knows it.
    const auto socket = static_cast<int>(rte_lcore_to_socket_id(worker_lcore(worker)));
    const auto data_room = static_cast<uint16_t>(room + RTE_PKTMBUF_HEADROOM);
    // A device of the PCI bus reaches EAL's memory only.
    if (rte_eal_has_hugepages() != 0 || rte_eal_has_pci() != 0)
      return rte_pktmbuf_pool_create(name.c_str(), mbufs, cache, 0, data_room, socket);
    return create_on_ordinary_pages(name.c_str(), mbufs, cache, data_room, socket);
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
