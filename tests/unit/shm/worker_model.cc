#include "tests/unit/shm/worker_model.h"

#include "common/shm/live_record.h"
#include "common/shm/validate.h"
#include "common/shm/worker_state.h"
#include "tests/unit/shm/records.h"

namespace sluice::shm {

WorkerModel::WorkerModel(Region& region, uint32_t worker, Room room, OnUse on_use)
    : region_(region),
      worker_(worker),
      room_(std::move(room)),
      on_use_(std::move(on_use)),
      rings_(region.rings(worker)),
      news_(rings_.news, region.control(), region.worker(worker)),
      endpoints_(region.capacities().endpoints),
      streams_(region.capacities().streams) {}

void WorkerModel::fail(const std::string& what) {
  if (fault_.empty()) fault_ = "worker " + std::to_string(worker_) + ": " + what;
}

void WorkerModel::loop() {
  news_.poll(16, [this](const News& n) { look_at(n.table, n.ref.slot); });
  if (news_.rescan_due()) rescan();
  drain_injects();
  for (uint32_t n = 0; n < 8 && room_(); ++n) {
    cursor_ = (cursor_ + 1) % region_.capacities().streams;
    send(cursor_);
  }
  news_.quiesce();
}

void WorkerModel::look_at(TableId table, uint32_t slot) {
  if (slot >= slot_count(region_.capacities(), table)) return fail("news of a slot out of range");
  Generation g;
  if (table == TableId::endpoint) look_at_endpoint(slot);
  if (table == TableId::stream) look_at_stream(slot);
  if (table == TableId::track) {
    TrackRecord r;
    read(region_.track(slot), r, g);
  }
  if (table == TableId::subscription) {
    SubscriptionRecord r;
    read(region_.subscription(slot), r, g);
  }
}

template <class Row>
bool WorkerModel::read(const Row& row, typename Row::Record& out, Generation& generation) {
  SlotRead result = SlotRead::busy;
  while (result == SlotRead::busy) result = read_live(row, out, generation);
  if (result == SlotRead::not_live) return false;
  ++records_read_;
  if (const Fault f = validate(out, region_.capacities()); !f.empty()) fail(std::string(f));
  if (!is_whole(out)) fail("a record is mixed of two");
  return true;
}

void WorkerModel::look_at_endpoint(uint32_t slot) {
  EndpointView& view = endpoints_[slot];
  EndpointRecord r;
  Generation g;
  if (!read(region_.endpoint(slot), r, g)) {
    view = {};
    return;
  }
  view.generation = g.value();
  view.id = r.id;
  view.mine = r.home_worker == worker_;
  EndpointKeys k;
  // Keys of another epoch or generation are on their way: news of them follows.
  if (region_.keys(slot).read(k, r.password) && k.generation == g.value() &&
      validate_pair(r, k).empty()) {
    // Credentials that have changed since the record was read are the next record's.
    EndpointRecord again;
    Generation later;
    const bool same = read_live(region_.endpoint(slot), again, later) == SlotRead::live &&
                      later == g && again.ufrag == r.ufrag &&
                      again.previous_ufrag == r.previous_ufrag;
    if (same && !is_whole(r, k)) fail("an endpoint has another one's keys");
    view.keyed = r.srtp_profile != srtp::Profile::none;
  }
  NegotiationRecord n;
  Generation negotiated;
  const SlotRef at = r.negotiation;
  if (read_live(region_.negotiation(at.slot), n, negotiated) == SlotRead::live &&
      negotiated.value() == at.generation && !validate(n).empty()) {
    fail("a negotiation is mixed of two");
  }
  if (view.mine) open_state(region_.endpoint(slot).state, g);
}

void WorkerModel::look_at_stream(uint32_t slot) {
  StreamView& view = streams_[slot];
  Generation g;
  StreamRecord r;
  if (!read(region_.stream(slot), r, g)) {
    view.generation = 0;
    return;
  }
  view.record = r;
  view.generation = g.value();
}

void WorkerModel::rescan() {
  ++rescans_;
  for (const TableId id :
       {TableId::endpoint, TableId::track, TableId::stream, TableId::subscription}) {
    for (uint32_t i = 0; i < slot_count(region_.capacities(), id); ++i) look_at(id, i);
  }
  news_.rescanned();
}

void WorkerModel::drain_injects() {
  while (const Inject* i = rings_.inject.front()) {
    const Inject record = *i;
    rings_.inject.pop();
    if (record.endpoint.slot >= region_.capacities().endpoints) {
      fail("inject for a slot out of range");
      continue;
    }
    const EndpointView& view = endpoints_[record.endpoint.slot];
    if (view.generation != record.endpoint.generation) continue;  // a late reference is dropped
    uint64_t id = 0;
    std::memcpy(&id, record.bytes.data(), sizeof id);
    if (id != view.id) fail("an inject would reach another endpoint");
  }
}

void WorkerModel::send(uint32_t slot) {
  const StreamView& view = streams_[slot];
  if (view.generation == 0) return;
  const EndpointView& endpoint = endpoints_[view.record.endpoint.slot];
  if (endpoint.generation != view.record.endpoint.generation || !endpoint.mine || !endpoint.keyed)
    return;
  StreamState& state = region_.stream(slot).state;
  if (!open_state(state, view.record, Generation(view.generation))) {
    Event e;
    e.kind = EventKind::subscription_open;
    e.worker = static_cast<uint8_t>(worker_);
    e.ref = {slot, view.generation};
    e.value = static_cast<uint32_t>(view.record.id);
    rings_.events.push(e);
  }
  use(slot, state.next_index, view.record.ssrc, endpoint.id);
  use(slot, state.rtx_next_index, view.record.rtx_ssrc, endpoint.id);
  // Until this worker passes a quiescent point nobody else may get the slot, however late it learns
  // of the retirement.
  const SlotWord::Value now = region_.stream(slot).head.word.load();
  if (now.generation.value() != view.generation || now.state == SlotState::free ||
      now.state == SlotState::filling) {
    fail("a stream's slot was reused before this worker passed a quiescent point");
  }
  if (state.generation.load() != view.generation)
    fail("a stream's state was taken over while in use");
}

void WorkerModel::use(uint32_t slot, std::atomic<uint64_t>& next_index, uint32_t ssrc,
                      uint64_t endpoint_id) {
  if (!room_()) return;
  const uint32_t count = 1 + (slot + static_cast<uint32_t>(packets_)) % 5;
  const uint64_t first = take_indices(next_index, count);
  packets_ += count;
  on_use_({endpoint_id, first, count, ssrc});
}

}  // namespace sluice::shm
