#include "dataplane/core.h"

namespace sluice::dataplane {

Core::Core(const Node& n, uint32_t worker, rte_mempool* pool,
           std::unique_ptr<srtp::Engine> srtp_engine)
    : node(n),
      id(worker),
      region(*n.region),
      clock(counters, n.stage_counters),
      engine(std::move(srtp_engine)),
      endpoints(region.capacities().endpoints),
      tracks(region.capacities().tracks),
      streams(region.capacities().streams),
      subscriptions(region.capacities().subscriptions),
      templates(templates_max),
      publishers(region.capacities().tracks),
      sources(std::size_t{region.capacities().tracks} * 2 * shm::encodings_max),
      flows(region.capacities().endpoints),
      ufrags(std::size_t{region.capacities().endpoints} * 2, UfragHash{&endpoints}),
      stream_ssrcs(region.capacities().streams, StreamSsrcHash{&streams}),
      ssrcs(std::size_t{region.capacities().tracks} * 2 * shm::encodings_max),
      rings(region.rings(worker)),
      news(rings.news, region.control(), region.worker(worker)),
      supply(pool),
      tx(n.ports, worker, supply, counters),
      hops(n.ports, worker),
      fan_out({.counters = &counters,
               .clock = &clock,
               .slice_ticks = n.slice_ticks,
               .engine = engine.get(),
               .tx = &tx,
               .hops = &hops,
               .supply = &supply,
               .region = &region,
               .streams = streams.all(),
               .subscriptions = subscriptions.all(),
               .templates = templates,
               .endpoints = region.capacities().endpoints,
               .tracks = region.capacities().tracks,
               .port_count = static_cast<uint8_t>(n.ports.size())}),
      mirror(*this, n.capture, worker),
      send_keys(engine->key_size(), region.capacities().endpoints),
      recv_keys(engine->key_size(), region.capacities().tracks),
      random_state(worker + 1) {
  publishing.reserve(region.capacities().tracks);
}

Core::~Core() {
  for (EndpointContext& ep : endpoints.all()) {
    if (ep.generation == 0) continue;
    if (ep.send_key != nullptr) engine->wipe(ep.send_key);
    if (ep.publisher != no_slot && publishers[ep.publisher].recv_key != nullptr)
      engine->wipe(publishers[ep.publisher].recv_key);
    srtp::Engine::wipe(ep.recv_rtcp);
  }
}

}  // namespace sluice::dataplane
