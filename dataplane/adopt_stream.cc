#include "common/shm/live_record.h"
#include "common/shm/validate.h"
#include "dataplane/adopt.h"

namespace sluice::dataplane {

using shm::Counter;

Look look_at_stream(Core& k, uint32_t slot) {
  shm::Stream& row = k.region.stream(slot);
  StreamContext& s = k.streams[slot];
  shm::StreamRecord r;
  Generation generation;
  const shm::SlotRead read = shm::read_live(row, r, generation);
  if (read == shm::SlotRead::busy) return Look::again;
  const uint32_t live = read == shm::SlotRead::live ? generation.value() : 0;
  if (s.generation != 0 && s.generation != live) drop_stream(k, slot);
  // A stream is constant: one that is known has nothing new to say.
  if (live == 0 || s.generation == live) return Look::done;
  if (!shm::validate(r, k.region.capacities()).empty()) {
    k.count(Counter::records_refused) += 1;
    return Look::done;
  }
  if (!k.at_home(r.endpoint)) return look_when_home(k, r.endpoint);
  EndpointContext& ep = k.endpoints[r.endpoint.slot];
  // An SSRC twice under one key would be a nonce twice.
  if (k.stream_of(r.ssrc) != no_slot) {
    k.count(Counter::records_refused) += 1;
    return Look::done;
  }
  s = StreamContext{};
  s.generation = live;
  s.endpoint = r.endpoint.slot;
  s.ssrc = r.ssrc;
  s.initial_timestamp = r.initial_timestamp;
  s.kind = r.kind;
  s.next = ep.streams;
  ep.streams = slot;
  k.stream_ssrcs.insert(slot);
  shm::open_state(row.state, r, generation);
  return Look::done;
}

void drop_stream(Core& k, uint32_t slot) {
  StreamContext& s = k.streams[slot];
  if (s.subscription != no_slot) drop_subscription(k, s.subscription);
  k.stream_ssrcs.erase(slot);
  uint32_t* link = &k.endpoints[s.endpoint].streams;
  while (*link != slot) link = &k.streams[*link].next;
  *link = s.next;
  s = StreamContext{};
}

}  // namespace sluice::dataplane
