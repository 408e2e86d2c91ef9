// The live rows of a region's tables as the media commands read them: one pass, no copy of states.
#pragma once

#include <vector>

#include "common/shm/region.h"

namespace sluice::ctl {

template <class Record, class State>
struct LiveRow {
  shm::SlotRef ref;
  Record record;
  const State* state;  // nullptr: no worker has taken this use of the slot over
};
using EndpointRow = LiveRow<shm::EndpointRecord, shm::EndpointState>;
using TrackRow = LiveRow<shm::TrackRecord, shm::TrackState>;
using StreamRow = LiveRow<shm::StreamRecord, shm::StreamState>;
using SubscriptionRow = LiveRow<shm::SubscriptionRecord, shm::SubscriptionState>;

// Valid as long as the region is mapped. Rows are in the order of their slots.
struct MediaTables {
  explicit MediaTables(shm::Region& region);

  // nullptr: that use of the slot is not live.
  const EndpointRow* endpoint(shm::SlotRef ref) const;
  const TrackRow* track(shm::SlotRef ref) const;
  const StreamRow* stream(shm::SlotRef ref) const;

  std::vector<EndpointRow> endpoints;
  std::vector<TrackRow> tracks;
  std::vector<StreamRow> streams;
  std::vector<SubscriptionRow> subscriptions;
};

}  // namespace sluice::ctl
