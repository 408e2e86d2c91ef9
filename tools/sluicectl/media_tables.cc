#include "tools/sluicectl/media_tables.h"

#include <algorithm>

#include "common/shm/live_record.h"

namespace sluice::ctl {

namespace {

// A record lies there in two copies, so a reader fails only when it is overtaken twice in one read.
constexpr int read_tries = 100;

template <class Row, class Slot, class State>
void add_if_live(std::vector<Row>& rows, uint32_t index, const Slot& slot, const State& state) {
  Row row;
  Generation generation;
  auto read = shm::SlotRead::busy;
  for (int i = 0; i < read_tries && read == shm::SlotRead::busy; ++i) {
    read = shm::read_live(slot, row.record, generation);
  }
  if (read != shm::SlotRead::live) return;
  row.ref = {index, generation.value()};
  const bool taken = state.generation.load(std::memory_order_acquire) == generation.value();
  row.state = taken ? &state : nullptr;
  rows.push_back(std::move(row));
}

template <class Row>
const Row* find(const std::vector<Row>& rows, shm::SlotRef ref) {
  const auto at = std::lower_bound(rows.begin(), rows.end(), ref.slot,
                                   [](const Row& r, uint32_t slot) { return r.ref.slot < slot; });
  return at != rows.end() && at->ref == ref ? &*at : nullptr;
}

}  // namespace

MediaTables::MediaTables(shm::Region& region) {
  const shm::Capacities& c = region.capacities();
  for (uint32_t i = 0; i < c.endpoints; ++i) {
    add_if_live(endpoints, i, region.endpoint(i), region.endpoint(i).state);
  }
  for (uint32_t i = 0; i < c.tracks; ++i) {
    add_if_live(tracks, i, region.track(i), region.track(i).state);
  }
  for (uint32_t i = 0; i < c.streams; ++i) {
    add_if_live(streams, i, region.stream(i), region.stream(i).state);
  }
  for (uint32_t i = 0; i < c.subscriptions; ++i) {
    add_if_live(subscriptions, i, region.subscription(i), region.subscription_state(i));
  }
}

const EndpointRow* MediaTables::endpoint(shm::SlotRef ref) const {
  return find(endpoints, ref);
}
const TrackRow* MediaTables::track(shm::SlotRef ref) const {
  return find(tracks, ref);
}
const StreamRow* MediaTables::stream(shm::SlotRef ref) const {
  return find(streams, ref);
}

}  // namespace sluice::ctl
