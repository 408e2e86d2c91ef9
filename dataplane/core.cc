#include "dataplane/core.h"

#include <sys/mman.h>

#include "common/base/assert.h"

namespace sluice::dataplane {
namespace {

void* reserve_memory(std::size_t bytes) {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  SLUICE_ASSERT(at != MAP_FAILED);
  madvise(at, bytes, MADV_HUGEPAGE);
  madvise(at, bytes, MADV_DONTDUMP);
  return at;
}

std::size_t structure_bytes(const shm::Capacities& c) {
  return c.tracks * shm::encodings_max * sizeof(wire::DependencyStructure);
}

}  // namespace

Core::Core(const Node& n, uint32_t worker, rte_mempool* pool,
           std::unique_ptr<srtp::Engine> srtp_engine)
    : node(n),
      id(worker),
      region(*n.region),
      engine(std::move(srtp_engine)),
      endpoints(region.capacities().endpoints),
      tracks(region.capacities().tracks),
      streams(region.capacities().streams),
      subscriptions(region.capacities().subscriptions),
      templates(templates_max),
      publishers(region.capacities().tracks),
      sources(std::size_t{region.capacities().tracks} * 2 * shm::encodings_max),
      flows(region.capacities().endpoints * flows_per_endpoint),
      ufrags(region.capacities().endpoints * 2),
      ssrcs(std::size_t{region.capacities().tracks} * 2 * shm::encodings_max),
      stream_ssrcs(region.capacities().streams),
      rings(region.rings(worker)),
      news(rings.news, region.control(), region.worker(worker)),
      tx(n.ports, worker, pool, counters),
      hops(n.ports, worker),
      fan_out({.counters = &counters,
               .engine = engine.get(),
               .tx = &tx,
               .hops = &hops,
               .pool = pool,
               .streams = streams,
               .subscriptions = subscriptions,
               .templates = templates,
               .tracks = region.capacities().tracks,
               .port_count = static_cast<uint8_t>(n.ports.size())}),
      key_stride(engine->key_size()),
      random_state(worker + 1) {
  const std::size_t keys = 2 * key_stride * region.capacities().endpoints;
  key_storage = static_cast<uint8_t*>(reserve_memory(keys));
  structures =
      static_cast<wire::DependencyStructure*>(reserve_memory(structure_bytes(region.capacities())));
}

Core::~Core() {
  for (const EndpointContext& ep : endpoints) {
    if (ep.send_key != nullptr) engine->wipe(ep.send_key);
    if (ep.recv_key != nullptr) engine->wipe(ep.recv_key);
  }
  munmap(key_storage, 2 * key_stride * region.capacities().endpoints);
  munmap(structures, structure_bytes(region.capacities()));
}

}  // namespace sluice::dataplane
