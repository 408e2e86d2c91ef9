// The control plane's hand on the tables: allocates slots, publishes records, retires them, and tells the workers.
// Single-threaded. Every operation is O(1) in the size of the tables, except attach() and sweeping.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/result.h"
#include "common/shm/region.h"

namespace sluice::shm {

class Publisher {
 public:
  // Sweeps what an earlier control plane left in `filling` or `retired`; finds the live and free slots.
  // The region outlives the publisher.
  Publisher(Region& region, uint64_t incarnation);

  // free -> filling -> live in one call; news to every worker. Errors: table full, record invalid (says why).
  Result<SlotRef> publish(const EndpointRecord& r, const EndpointKeys& k);
  Result<SlotRef> publish(const TrackRecord& r);
  Result<SlotRef> publish(const StreamRecord& r);
  Result<SlotRef> publish(const SubscriptionRecord& r);

  // Replaces a live record; the slot keeps its generation. Keys first, then the record that names their epoch.
  Status update(SlotRef ref, const EndpointRecord& r);
  Status update(SlotRef ref, const EndpointRecord& r, const EndpointKeys& k);
  Status update(SlotRef ref, const TrackRecord& r);
  Status update(SlotRef ref, const SubscriptionRecord& r);

  // live -> retired; news to every worker. A stale ref is ignored. Keys are wiped when the slot becomes free.
  void retire(TableId table, SlotRef ref);
  // retired -> free for slots every worker has passed (or when no data plane is alive). Cheap; call now and then.
  void reclaim(bool dataplane_alive);

  // Live slots of a table, for a restart that must take them over.
  std::vector<SlotRef> live(TableId table) const;
  std::size_t free_count(TableId table) const;
  std::size_t retired_count() const;

 private:
  struct Table {
    std::vector<uint32_t> free;      // slots, used as a stack
    std::vector<SlotRef> retired;    // oldest first
    std::size_t retired_head = 0;
  };
  Table& table(TableId id);
  void tell(TableId id, SlotRef ref);

  Region& region_;
  uint64_t incarnation_;
  Table tables_[5];
};

}  // namespace sluice::shm
