#include "common/shm/live_record.h"
#include "common/shm/validate.h"
#include "dataplane/adopt.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

// Bindings of an earlier data plane: only newer indices are accepted from here on.
void resume_sources(Core& k, uint32_t slot, TrackContext& t) {
  t.codec = static_cast<Codec>(t.state->codec.load(std::memory_order_relaxed));
  for (uint8_t e = 0; e < t.encoding_count; ++e) {
    auto& state = t.state->encodings[e];
    const uint64_t ssrcs = state.ssrcs.load(std::memory_order_acquire);
    const uint64_t highest = state.highest_index.load(std::memory_order_acquire);
    const uint64_t rtx_highest = state.rtx_highest_index.load(std::memory_order_acquire);
    const auto resume = [&](uint32_t ssrc, uint64_t above, bool rtx) {
      if (ssrc == 0 || above == 0) return;
      const uint32_t source = bind(k, t.endpoint, ssrc, {slot, e, rtx});
      if (source == no_slot) return;
      k.sources[source].window.restart_at(above - 1);
      (rtx ? state.rtx_highest_index : state.highest_index).store(above, std::memory_order_release);
    };
    resume(static_cast<uint32_t>(ssrcs), highest, false);
    resume(static_cast<uint32_t>(ssrcs >> 32), rtx_highest, true);
  }
}

void take_record(TrackContext& t, const shm::TrackRecord& r, TrackLog& log) {
  const bool heard_again = t.muted && r.muted == 0;
  t.muted = r.muted != 0;
  t.mid = r.mid;
  t.csrc = r.csrc;
  t.encoding_count = r.encoding_count;
  for (uint8_t e = 0; e < r.encoding_count; ++e) {
    t.encodings[e].rid = r.encodings[e].rid;
    t.encodings[e].hint_ssrc = r.encodings[e].ssrc;
    t.encodings[e].hint_rtx_ssrc = r.encodings[e].rtx_ssrc;
    // What came while it was muted is missing in the log: receivers begin anew, at a key frame.
    if (heard_again) ++log.epochs[e];
  }
}

}  // namespace

Look look_at_track(Core& k, uint32_t slot) {
  shm::Track& row = k.region.track(slot);
  TrackContext& t = k.tracks[slot];
  FanOutTrack& f = k.fan_out.track(slot);
  shm::TrackRecord r;
  Generation generation;
  const shm::SlotRead read = shm::read_live(row, r, generation);
  if (read == shm::SlotRead::busy) return Look::again;
  const uint32_t live = read == shm::SlotRead::live ? generation.value() : 0;
  if ((t.generation != 0 && t.generation != live) || (f.generation != 0 && f.generation != live)) {
    drop_track(k, slot);
  }
  if (live == 0) return Look::done;
  if (!shm::validate(r, k.region.capacities()).empty()) {
    k.count(Counter::records_refused) += 1;
    return Look::done;
  }
  if (!k.at_home(r.endpoint)) return look_when_home(k, r.endpoint);
  const EndpointContext& ep = k.endpoints[r.endpoint.slot];
  if (t.generation != 0) {
    // RFC 3550 s5.2: kind and home never change in the life of a slot.
    if (t.kind != r.kind || t.endpoint != r.endpoint.slot) {
      k.count(Counter::records_refused) += 1;
      return Look::done;
    }
    take_record(t, r, (*k.node.logs)[slot]);
    return Look::done;
  }
  if (ep.publisher == no_slot) {
    k.count(Counter::records_refused) += 1;
    return Look::done;
  }
  t = TrackContext{};
  t.generation = live;
  t.endpoint = r.endpoint.slot;
  t.kind = r.kind;
  t.state = &row.state;
  Publisher& publisher = k.publishers[ep.publisher];
  t.next = publisher.tracks;
  publisher.tracks = slot;
  k.node.logs->open(slot, r.kind, live);
  take_record(t, r, (*k.node.logs)[slot]);
  if (f.generation == live) f.remote = false;
  if (shm::open_state(row.state, generation)) {
    resume_sources(k, slot, t);
    t.level_q4 = static_cast<uint32_t>(row.state.level.load(std::memory_order_relaxed)) * 16;
    t.speech_unsaid = true;
  } else {
    row.state.level.store(127, std::memory_order_relaxed);  // silent
  }
  return Look::done;
}

void drop_track(Core& k, uint32_t slot) {
  FanOutTrack& f = k.fan_out.track(slot);
  while (f.first != nullptr) drop_subscription(k, f.first->receivers[0].subscription);
  if (k.tracks[slot].generation == 0) return;
  (*k.node.logs)[slot].close();
  leave_track(k, slot);
}

void leave_track(Core& k, uint32_t slot) {
  TrackContext& t = k.tracks[slot];
  for (uint8_t e = 0; e < shm::encodings_max; ++e) {
    if (t.encodings[e].source != no_slot) unbind(k, t.encodings[e].source);
    if (t.encodings[e].rtx_source != no_slot) unbind(k, t.encodings[e].rtx_source);
  }
  uint32_t* link = &k.publishers[k.endpoints[t.endpoint].publisher].tracks;
  while (*link != slot) link = &k.tracks[*link].next;
  *link = t.next;
  FanOutTrack& f = k.fan_out.track(slot);
  if (f.generation == t.generation) f.remote = true;
  t = TrackContext{};
}

}  // namespace sluice::dataplane
