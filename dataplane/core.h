// Core: everything one worker owns, in one place; the stages are functions over it. Nothing here is
// shared but what is marked so.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "common/base/time.h"
#include "common/shm/news_reader.h"
#include "common/shm/region.h"
#include "common/srtp/engine.h"
#include "dataplane/budgets.h"
#include "dataplane/fan_out.h"
#include "dataplane/flat_map.h"
#include "dataplane/flow_table.h"
#include "dataplane/homes.h"
#include "dataplane/key_pool.h"
#include "dataplane/links.h"
#include "dataplane/mirror.h"
#include "dataplane/number_index.h"
#include "dataplane/port/frame_supply.h"
#include "dataplane/port/hop_cache.h"
#include "dataplane/slot_array.h"
#include "dataplane/stage_clock.h"
#include "dataplane/tables.h"
#include "dataplane/track_log.h"
#include "dataplane/tx.h"

namespace sluice::dataplane {

class Handover;
class Port;

inline constexpr std::size_t templates_max = 256;

struct WordHash {
  uint64_t operator()(uint64_t w) const {
    w *= 0x9e3779b97f4a7c15ULL;
    return w ^ w >> 32;
  }
};
// Numbers of the index of fragments: twice the endpoint's slot, plus one for its previous fragment.
struct UfragHash {
  const SlotArray<EndpointContext>* endpoints;
  uint64_t operator()(uint32_t number) const {
    return WordHash{}((*endpoints)[number / 2].ufrag_hashes[number % 2]);
  }
};
struct StreamSsrcHash {
  const SlotArray<StreamContext>* streams;
  uint64_t operator()(uint32_t slot) const { return WordHash{}((*streams)[slot].ssrc); }
};

// Shared by the workers of a node; outlives them.
struct Node {
  shm::Region* region;
  TrackLogs* logs;
  Links* links;
  Homes* homes;
  const Handover* handover;
  std::span<Port* const> ports;
  TimeNs key_frame_interval_ns;
  bool stage_counters = true;
  uint64_t slice_ticks = 0;         // a fan-out slice ends after as many; 0: by its packets alone
  CaptureBoard* capture = nullptr;  // null: nobody can capture
};

// An open-addressing pool of T by index with a free list through `next`.
template <class T>
class Pool {
 public:
  explicit Pool(std::size_t n) : items_(n) {
    for (std::size_t i = n; i-- > 0;) free_.push_back(static_cast<uint32_t>(i));
  }
  T& operator[](uint32_t i) { return items_[i]; }
  // no_slot when empty. The item is as new.
  uint32_t take() {
    if (free_.empty()) return no_slot;
    const uint32_t i = free_.back();
    free_.pop_back();
    items_[i] = T{};
    return i;
  }
  void give(uint32_t i) { free_.push_back(i); }
  std::size_t free_count() const { return free_.size(); }

 private:
  std::vector<T> items_;
  std::vector<uint32_t> free_;
};

struct Core {
  Core(const Node& node, uint32_t id, rte_mempool* pool, std::unique_ptr<srtp::Engine> engine);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  Node node;
  uint32_t id;
  shm::Region& region;
  TimeNs now = 0;  // read once per loop
  UnixNs unix_now = 0;
  shm::Counters counters;
  StageClock clock;
  std::unique_ptr<srtp::Engine> engine;

  // The tables as this worker sees them, by slot.
  SlotArray<EndpointContext> endpoints;
  std::vector<TrackContext> tracks;
  SlotArray<StreamContext> streams;
  SlotArray<SubscriptionContext> subscriptions;
  std::vector<Template> templates;
  Pool<Publisher> publishers;
  Pool<RtpSource> sources;
  // Indexes.
  FlowTable flows;                              // validated 5-tuple -> endpoint
  NumberIndex<UfragHash> ufrags;                // own fragment -> endpoint
  NumberIndex<StreamSsrcHash> stream_ssrcs;     // outgoing ssrc -> stream
  FlatMap<uint64_t, uint32_t, WordHash> ssrcs;  // endpoint << 32 | ssrc -> source

  shm::WorkerRings rings;
  shm::NewsReader news;
  FrameSupply supply;
  Tx tx;
  HopCache hops;
  FanOut fan_out;
  Mirror mirror;

  // Expanded keys: of every endpoint the one to send with, of a publisher the one to receive with.
  KeyPool send_keys;
  KeyPool recv_keys;

  // Tracks whose logs grew in this loop and whose key-frame wishes wait to be passed on.
  std::vector<uint32_t> advanced;
  std::vector<uint32_t> wishes_to_pass;
  // Slots to look at again, because what they refer to was not there yet.
  struct LookAgain {
    shm::TableId table;
    uint32_t slot;
    TimeNs since;
  };
  std::vector<LookAgain> look_again;
  std::size_t awaited = 0;  // endpoints and streams among them
  // Endpoints that have left for another worker and whose packets still come here.
  std::size_t away = 0;
  // Those of them from whose clients a check came by a 5-tuple that is not known here, lately:
  // their home says whether it is valid.
  struct PassedCheck {
    uint32_t endpoint;
    TimeNs at;
  };
  std::vector<PassedCheck> passed_checks;
  // A rescan under way, and where it goes on.
  bool rescanning = false;
  uint32_t rescan_table = 0;
  uint32_t rescan_slot = 0;
  Budgets budgets;
  uint32_t stranger_budget = 0;      // STUN of strangers that may still be punted in this interval
  bool wake_control = false;         // a ring to the control plane got something in this loop
  std::vector<uint32_t> publishing;  // endpoints that have a Publisher, in any order
  uint32_t publisher_at = 0;         // of `publishing`, the one the timers look at next
  uint32_t scan_at = 0;              // endpoint the timers look at next
  TimeNs timers_due = 0;
  uint64_t random_state;  // for intervals, never for secrets

  // Private memory of this worker.
  std::size_t memory_bytes() const {
    return fan_out.memory_bytes() + send_keys.size() + recv_keys.size() + endpoints.memory_bytes() +
           streams.memory_bytes() + subscriptions.memory_bytes() + flows.memory_bytes() +
           ufrags.memory_bytes() + stream_ssrcs.memory_bytes();
  }
  shm::EndpointState& endpoint_state(uint32_t slot) { return region.endpoint(slot).state; }
  // This worker has that endpoint.
  bool at_home(shm::SlotRef endpoint) const {
    return endpoints[endpoint.slot].generation == endpoint.generation &&
           node.homes->has(endpoint.slot, id);
  }
  // no_slot: none of ours has it.
  uint32_t stream_of(uint32_t ssrc) const {
    return stream_ssrcs.find(WordHash{}(ssrc), [&](uint32_t s) { return streams[s].ssrc == ssrc; });
  }
  // `now` for differences below 49 days.
  uint32_t now_ms() const { return static_cast<uint32_t>(now / ns_per_ms); }
  // The address the endpoint is at. It must have had one.
  const Flow& selected(const EndpointContext& ep) const { return flows[ep.flows].flow; }
  uint64_t& count(shm::Counter c) { return counters[c]; }
  // An event of now; the caller adds what its kind says.
  shm::Event event(shm::EventKind kind, shm::SlotRef ref) const {
    shm::Event e;
    e.kind = kind;
    e.worker = static_cast<uint8_t>(id);
    e.ref = ref;
    e.at = now;
    return e;
  }
  void tell(const shm::Event& event) {
    if (!rings.events.push(event)) counters[shm::Counter::events_dropped] += 1;
    wake_control = true;
  }
};

// Adds one to a worker-written counter of the region: one writer, plain add.
template <class N>
void bump(std::atomic<N>& c, std::type_identity_t<N> by = 1) {
  c.store(static_cast<N>(c.load(std::memory_order_relaxed) + by), std::memory_order_relaxed);
}

inline uint64_t ssrc_key(uint32_t endpoint, uint32_t ssrc) {
  return uint64_t{endpoint} << 32 | ssrc;
}

}  // namespace sluice::dataplane
