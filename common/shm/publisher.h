// The control plane's hand on the tables: allocates slots, publishes records, retires them, and
// tells the workers. Single-threaded. Every operation is O(1) in the size of the tables, except
// attaching and live().
//
// It may die at any instruction. What it leaves in `filling` or `retired` the next one retires
// afresh; a slot it leaves `live` is whole, and all workers are made to look at all slots.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/base/result.h"
#include "common/shm/region.h"
#include "common/shm/slot_pool.h"

namespace sluice::shm {

// What refers to an endpoint: its tracks, its streams, and the subscriptions that feed those.
struct Belongings {
  std::vector<SlotRef> tracks, streams, subscriptions;
};

class Publisher {
 public:
  // Sweeps what an earlier control plane left in `filling` or `retired`; finds the live and free
  // slots. Finishes a key change that was cut short between keys and record. The region outlives
  // the publisher.
  Publisher(Region& region, uint64_t incarnation);

  // free -> filling -> live in one call; news to every worker. Errors: table full, record invalid
  // (says why), a record it refers to is not live, an SSRC that a stream has or had while its
  // endpoint lives. EndpointKeys::generation is filled in here.
  // What was negotiated is shared with the endpoints that negotiated the same.
  Result<SlotRef> publish(const EndpointRecord& r, const EndpointKeys& k,
                          const NegotiationRecord& n = {});
  Result<SlotRef> publish(const TrackRecord& r);
  Result<SlotRef> publish(const StreamRecord& r);
  Result<SlotRef> publish(const SubscriptionRecord& r);

  // Replaces a live record; the slot keeps its generation, the record its id (a track its endpoint
  // and kind, a subscription its stream). Keys first, then the record that names their epoch. An
  // endpoint gets its SRTP keys once: the indices of its streams belong to them. Another ufrag
  // comes with its password and makes the one before the previous one.
  Status update(SlotRef ref, const EndpointRecord& r);
  Status update(SlotRef ref, const EndpointRecord& r, const NegotiationRecord& n);
  Status update(SlotRef ref, const EndpointRecord& r, const EndpointKeys& k);
  Status update(SlotRef ref, const TrackRecord& r);
  Status update(SlotRef ref, const SubscriptionRecord& r);

  // Another worker becomes the endpoint's home; its keys, SSRCs and indices go with it. What `all`
  // leaves out stays unknown to that worker. Errors: not live, no such worker.
  Status move(SlotRef endpoint, uint8_t worker, const Belongings& all);

  // Of a live endpoint, the password of its ufrag first. False: it is not live.
  bool read_keys(SlotRef ref, EndpointKeys& out) const;

  // live -> retired; news to every worker. A stale ref is ignored. Keys are wiped when the slot
  // becomes free.
  void retire(TableId table, SlotRef ref);
  // retired -> free for slots every worker has passed (or when no data plane is alive). Cheap; call
  // now and then. A stream waits for its endpoint to be gone too: its SSRC under that key is spent.
  // dataplane_alive: Region::dataplane_alive() asked after the last retire(); an older answer may
  // be of a data plane that has started since and seen the slots.
  void reclaim(bool dataplane_alive);

  // Live slots of a table, for a restart that must take them over.
  std::vector<SlotRef> live(TableId table) const;
  std::size_t free_count(TableId table) const;
  std::size_t retired_count() const;

 private:
  struct Table {
    SlotPool free;
    std::deque<uint32_t> retired;  // oldest first
  };
  Table& table(TableId id) { return tables_[static_cast<std::size_t>(id)]; }
  const Table& table(TableId id) const { return tables_[static_cast<std::size_t>(id)]; }

  void adopt(TableId id);
  void finish_key_change(uint32_t slot);
  bool is_live(TableId id, SlotRef ref) const;
  // home: the worker that what is published is at home at.
  Result<SlotRef> take_slot(TableId id, uint32_t home);
  uint32_t home_of(SlotRef endpoint) const;
  void go_live(TableId id, SlotRef ref);
  template <class Row>
  Status replace(TableId id, Row& row, SlotRef ref, const typename Row::Record& r);
  Result<SlotRef> share(const NegotiationRecord& n);
  void unshare(SlotRef negotiation);
  void adopt_negotiations();
  void retire_slot(TableId id, SlotRef ref);
  Status check_credentials(const EndpointRecord& old, const EndpointRecord& r,
                           const EndpointKeys& have, const EndpointKeys& k) const;
  Status refers_to_live(const TrackRecord& r) const;
  Status refers_to_live(const StreamRecord& r) const;
  Status refers_to_live(const SubscriptionRecord& r) const;
  bool ssrcs_free(const StreamRecord& r) const;
  void free_slot(TableId id, uint32_t slot);
  void free_parked_streams();
  void wipe_keys(uint32_t slot);
  void tell(TableId id, SlotRef ref);

  Region& region_;
  uint64_t incarnation_;
  Table tables_[6];
  // Live negotiations by their bytes, and how many live endpoints use each slot.
  std::unordered_map<std::string, SlotRef> negotiations_;
  std::vector<uint32_t> negotiation_users_;
  std::vector<uint32_t> parked_streams_;     // passed by every worker, endpoint still live
  std::unordered_set<uint32_t> used_ssrcs_;  // of streams that are live, retired or parked
  std::vector<Ring<News>> news_;             // index: worker
};

}  // namespace sluice::shm
