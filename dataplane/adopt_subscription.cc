#include "common/shm/live_record.h"
#include "common/shm/validate.h"
#include "dataplane/adopt.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

ClassKey class_key(const Core& k, const shm::SubscriptionRecord& r, uint32_t endpoint) {
  ClassKey key;
  key.encoding_cap = r.encoding_cap;
  key.spatial_cap = r.spatial_cap;
  key.temporal_cap = r.temporal_cap;
  key.shape = k.endpoints[endpoint].shape;
  return key;
}

// Opens the track for this worker's fan-out if it is not yet.
Look open_track(Core& k, const shm::SubscriptionRecord& r, MediaKind kind) {
  const uint32_t slot = r.track.slot;
  FanOutTrack& f = k.fan_out.track(slot);
  if (f.generation == r.track.generation) return f.kind == kind ? Look::done : Look::again;
  shm::TrackRecord track;
  Generation track_generation;
  if (shm::read_live(k.region.track(slot), track, track_generation) != shm::SlotRead::live ||
      track_generation.value() != r.track.generation ||
      !shm::validate(track, k.region.capacities()).empty() || track.kind != kind) {
    return Look::again;
  }
  // The home worker opens the log.
  TrackLog& log = (*k.node.logs)[slot];
  if (log.generation() != r.track.generation) return Look::again;
  if (f.generation != 0) drop_track(k, slot);
  const bool remote = k.tracks[slot].generation != r.track.generation;
  k.fan_out.open_track(slot, r.track.generation, kind, track.csrc, log, remote);
  log.interested[k.id].store(1, std::memory_order_release);
  return Look::done;
}

void set_phase(Core& k, uint32_t slot, shm::SubscriptionPhase phase) {
  k.region.subscription_state(slot).phase.store(phase, std::memory_order_relaxed);
}

void set_paused(Core& k, uint32_t slot, Receiver& r, bool paused) {
  if (paused) {
    r.flags = static_cast<uint16_t>((r.flags | receiver_paused) & ~receiver_open);
  } else if ((r.flags & receiver_paused) != 0) {
    r.flags = static_cast<uint16_t>(r.flags & ~receiver_paused);
    const FanOutTrack& t = k.fan_out.track(r.track);
    if ((r.flags & receiver_ready) != 0 && t.kind == MediaKind::video)
      want_key_frame(k, r.track, t.generation);
  }
  set_phase(k, slot, paused ? shm::SubscriptionPhase::paused : shm::SubscriptionPhase::waiting);
}

bool attach(Core& k, uint32_t slot, const shm::SubscriptionRecord& r) {
  const StreamContext& stream = k.streams[r.stream.slot];
  const ClassKey key = class_key(k, r, stream.endpoint);
  Receiver* receiver = k.fan_out.add(r.track.slot, slot, r.stream.slot, key);
  if (receiver == nullptr) return false;
  const bool paused = r.paused != 0;
  if (paused) receiver->flags |= receiver_paused;
  set_phase(k, slot, paused ? shm::SubscriptionPhase::paused : shm::SubscriptionPhase::waiting);
  refresh_receiver(k, *receiver);
  return true;
}

// A live subscription whose record (or whose receiver's shape) has changed.
void change(Core& k, uint32_t slot, SubscriptionContext& s, const shm::SubscriptionRecord& r) {
  Receiver* receiver = k.streams[s.stream].receiver;
  if (receiver == nullptr) return;
  if (!(receiver->forward_class->key == class_key(k, r, k.streams[r.stream.slot].endpoint))) {
    k.fan_out.remove(receiver);
    s.undecodable_told = 0;
    if (!attach(k, slot, r)) k.count(Counter::records_refused) += 1;
    return;
  }
  const bool was_paused = (receiver->flags & receiver_paused) != 0;
  if (was_paused != (r.paused != 0)) set_paused(k, slot, *receiver, r.paused != 0);
}

}  // namespace

Look look_at_subscription(Core& k, uint32_t slot) {
  shm::Subscription& row = k.region.subscription(slot);
  SubscriptionContext& s = k.subscriptions[slot];
  shm::SubscriptionRecord r;
  Generation generation;
  const shm::SlotRead read = shm::read_live(row, r, generation);
  if (read == shm::SlotRead::busy) return Look::again;
  const uint32_t live = read == shm::SlotRead::live ? generation.value() : 0;
  if (s.generation != 0 && s.generation != live) drop_subscription(k, slot);
  if (live == 0) return Look::done;
  if (!shm::validate(r, k.region.capacities()).empty()) {
    k.count(Counter::records_refused) += 1;
    return Look::done;
  }
  if (s.generation == live) {
    // The slots it is attached to are of the generations it named: it goes when they go.
    if (s.track != r.track.slot || k.fan_out.track(s.track).generation != r.track.generation ||
        s.stream != r.stream.slot || k.streams[s.stream].generation != r.stream.generation) {
      drop_subscription(k, slot);  // a source switch in place
    } else {
      change(k, slot, s, r);
      return Look::done;
    }
  }
  StreamContext& stream = k.streams[r.stream.slot];
  if (stream.generation != r.stream.generation) {
    // Another worker's, or about to be ours.
    return is_awaited(k, shm::TableId::stream, r.stream.slot) ? Look::again : Look::done;
  }
  if (stream.subscription != no_slot) {
    // One stream, one source: the earlier one must have ended meanwhile.
    look_at_subscription(k, stream.subscription);
    if (stream.subscription != no_slot) return Look::again;
  }
  const Look opened = open_track(k, r, stream.kind);
  if (opened != Look::done) return opened;
  s = SubscriptionContext{};
  s.generation = live;
  s.track = r.track.slot & 0xffffff;
  s.stream = r.stream.slot;
  shm::open_state(k.region.subscription_state(slot), generation);
  stream.subscription = slot;
  if (!attach(k, slot, r)) {
    k.count(Counter::records_refused) += 1;
    drop_subscription(k, slot);
  }
  return Look::done;
}

void drop_subscription(Core& k, uint32_t slot) {
  SubscriptionContext& s = k.subscriptions[slot];
  if (s.generation == 0) return;
  StreamContext& stream = k.streams[s.stream];
  const uint32_t track = s.track;
  if (stream.receiver != nullptr) k.fan_out.remove(stream.receiver);
  stream.subscription = no_slot;
  set_phase(k, slot, shm::SubscriptionPhase::none);
  s = SubscriptionContext{};
  const FanOutTrack& f = k.fan_out.track(track);
  if (f.generation != 0 && f.receivers == 0) {
    f.log->interested[k.id].store(0, std::memory_order_release);
    k.fan_out.close_track(track);
  }
}

}  // namespace sluice::dataplane
