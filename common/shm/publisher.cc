#include "common/shm/publisher.h"

#include <algorithm>
#include <string>

#include "common/base/assert.h"
#include "common/shm/validate.h"

namespace sluice::shm {
namespace {

constexpr TableId all_tables[] = {TableId::endpoint, TableId::track, TableId::stream,
                                  TableId::subscription};

// 0 means "refers to nothing" and is skipped when 32 bits wrap.
Generation next(Generation g) {
  const uint32_t n = g.value() + 1;
  return Generation(n == 0 ? 1 : n);
}

const char* name_of(TableId id) {
  switch (id) {
    case TableId::endpoint:
      return "endpoint";
    case TableId::track:
      return "track";
    case TableId::stream:
      return "stream";
    case TableId::subscription:
      return "subscription";
    case TableId::none:
      break;
  }
  return "none";
}

std::string text(TableId id, SlotRef ref) {
  return std::string(name_of(id)) + " " + std::to_string(ref.slot) + "/" +
         std::to_string(ref.generation);
}

Error fault_error(Fault f) {
  return Error{std::string(f)};
}

Error not_live(TableId id, SlotRef ref) {
  return Error{text(id, ref) + " is not live"};
}

}  // namespace

Publisher::Publisher(Region& region, uint64_t incarnation)
    : region_(region), incarnation_(incarnation) {
  for (uint32_t w = 0; w < region.capacities().workers; ++w) news_.push_back(region.rings(w).news);
  region.control().incarnation.store(incarnation, std::memory_order_relaxed);
  for (const TableId id : all_tables) adopt(id);
  for (const SlotRef e : live(TableId::endpoint)) finish_key_change(e.slot);
  // What was published, changed or retired and not told any more: every worker looks at everything,
  // and only then reports the epoch that the swept slots wait for.
  for (Ring<News>& ring : news_) ring.count_loss();
  std::atomic<uint64_t>& epoch = region.control().epoch;
  epoch.store(epoch.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void Publisher::adopt(TableId id) {
  const uint32_t count = slot_count(region_.capacities(), id);
  const uint64_t epoch = region_.control().epoch.load(std::memory_order_relaxed) + 1;
  // Downwards, so that the lowest free slot is taken first and tables stay dense.
  for (uint32_t i = count; i-- > 0;) {
    SlotHead& head = region_.head(id, i);
    const SlotWord::Value v = head.word.load();
    if (v.state == SlotState::free) {
      table(id).free.push_back(i);
      continue;
    }
    if (v.state != SlotState::live) {
      // A stream that was never live has spent no SSRC and waits for no endpoint.
      if (id == TableId::stream && v.state == SlotState::filling)
        region_.stream(i).record.publish({});
      // A worker may still be reading it, so it waits for a fresh epoch like any other.
      head.retired_epoch.store(epoch, std::memory_order_relaxed);
      head.word.store(SlotState::retired, v.generation);
      table(id).retired.push_back(i);
    }
    StreamRecord stream;
    if (id == TableId::stream && region_.stream(i).record.read(stream)) {
      if (stream.ssrc != 0) used_ssrcs_.insert(stream.ssrc);
      if (stream.rtx_ssrc != 0) used_ssrcs_.insert(stream.rtx_ssrc);
    }
  }
}

// update() stores the keys first. When they are one epoch ahead, the remote side has them already:
// take them into force.
void Publisher::finish_key_change(uint32_t slot) {
  EndpointRecord r;
  EndpointKeys k;
  Endpoint& row = region_.endpoint(slot);
  if (!row.record.read(r) || !region_.keys(slot).read(k)) return;
  if (k.generation != row.head.word.load().generation.value() || !validate(k).empty()) return;
  if (k.epoch != static_cast<uint16_t>(r.key_epoch + 1)) return;
  r.key_epoch = k.epoch;
  r.srtp_profile = k.profile;
  row.record.publish(r);
}

bool Publisher::is_live(TableId id, SlotRef ref) const {
  return ref && ref.slot < slot_count(region_.capacities(), id) &&
         region_.head(id, ref.slot).word.is_live(ref, ref.slot);
}

Result<SlotRef> Publisher::take_slot(TableId id) {
  std::vector<uint32_t>& free = table(id).free;
  if (free.empty()) {
    return Error{std::string("table of ") + name_of(id) + "s is full (" +
                 std::to_string(slot_count(region_.capacities(), id)) + "); raise " + name_of(id) +
                 "s_max"};
  }
  const uint32_t slot = free.back();
  free.pop_back();
  SlotHead& head = region_.head(id, slot);
  const Generation g = next(head.word.load().generation);
  head.owner_incarnation.store(incarnation_, std::memory_order_relaxed);
  head.word.store(SlotState::filling, g);
  return SlotRef{slot, g.value()};
}

void Publisher::go_live(TableId id, SlotRef ref) {
  region_.head(id, ref.slot).word.store(SlotState::live, Generation(ref.generation));
  tell(id, ref);
}

Status Publisher::refers_to_live(const TrackRecord& r) const {
  if (!is_live(TableId::endpoint, r.endpoint)) return not_live(TableId::endpoint, r.endpoint);
  return {};
}

Status Publisher::refers_to_live(const StreamRecord& r) const {
  if (!is_live(TableId::endpoint, r.endpoint)) return not_live(TableId::endpoint, r.endpoint);
  return {};
}

Status Publisher::refers_to_live(const SubscriptionRecord& r) const {
  if (!is_live(TableId::track, r.track)) return not_live(TableId::track, r.track);
  if (!is_live(TableId::stream, r.stream)) return not_live(TableId::stream, r.stream);
  TrackRecord track;
  StreamRecord stream;
  if (region_.track(r.track.slot).record.read(track) &&
      region_.stream(r.stream.slot).record.read(stream) && track.kind != stream.kind) {
    return Error{"subscription: track and stream are of different kinds"};
  }
  return {};
}

bool Publisher::ssrcs_free(const StreamRecord& r) const {
  return !used_ssrcs_.contains(r.ssrc) && (r.rtx_ssrc == 0 || !used_ssrcs_.contains(r.rtx_ssrc));
}

Result<SlotRef> Publisher::publish(const EndpointRecord& r, const EndpointKeys& k) {
  if (const Fault f = validate(r, region_.capacities()); !f.empty()) return fault_error(f);
  if (const Fault f = validate(k); !f.empty()) return fault_error(f);
  if (const Fault f = validate_pair(r, k); !f.empty()) return fault_error(f);
  Result<SlotRef> ref = take_slot(TableId::endpoint);
  if (!ref) return ref;
  EndpointKeys keys = k;
  keys.generation = ref->generation;
  region_.keys(ref->slot).publish(keys);
  region_.endpoint(ref->slot).record.publish(r);
  go_live(TableId::endpoint, *ref);
  return ref;
}

Result<SlotRef> Publisher::publish(const TrackRecord& r) {
  if (const Fault f = validate(r, region_.capacities()); !f.empty()) return fault_error(f);
  if (const Status s = refers_to_live(r); !s) return s.error();
  Result<SlotRef> ref = take_slot(TableId::track);
  if (!ref) return ref;
  region_.track(ref->slot).record.publish(r);
  go_live(TableId::track, *ref);
  return ref;
}

Result<SlotRef> Publisher::publish(const StreamRecord& r) {
  if (const Fault f = validate(r, region_.capacities()); !f.empty()) return fault_error(f);
  if (const Status s = refers_to_live(r); !s) return s.error();
  if (!ssrcs_free(r))
    return Error{"stream: SSRC " + std::to_string(r.ssrc) + " or its RTX SSRC is taken"};
  Result<SlotRef> ref = take_slot(TableId::stream);
  if (!ref) return ref;
  used_ssrcs_.insert(r.ssrc);
  if (r.rtx_ssrc != 0) used_ssrcs_.insert(r.rtx_ssrc);
  region_.stream(ref->slot).record.publish(r);
  go_live(TableId::stream, *ref);
  return ref;
}

Result<SlotRef> Publisher::publish(const SubscriptionRecord& r) {
  if (const Fault f = validate(r, region_.capacities()); !f.empty()) return fault_error(f);
  if (const Status s = refers_to_live(r); !s) return s.error();
  Result<SlotRef> ref = take_slot(TableId::subscription);
  if (!ref) return ref;
  region_.subscription(ref->slot).record.publish(r);
  go_live(TableId::subscription, *ref);
  return ref;
}

template <class Row>
Status Publisher::replace(TableId id, Row& row, SlotRef ref, const typename Row::Record& r) {
  if (const Fault f = validate(r, region_.capacities()); !f.empty()) return fault_error(f);
  typename Row::Record old;
  SLUICE_ASSERT(row.record.read(old));  // we are the only writer
  if (old.id != r.id)
    return Error{text(id, ref) + " has another id: retire it and publish a new one"};
  row.record.publish(r);
  tell(id, ref);
  return {};
}

Status Publisher::update(SlotRef ref, const EndpointRecord& r) {
  if (!is_live(TableId::endpoint, ref)) return not_live(TableId::endpoint, ref);
  EndpointKeys k;
  SLUICE_ASSERT(region_.keys(ref.slot).read(k));
  if (const Fault f = validate_pair(r, k); !f.empty()) return fault_error(f);
  return replace(TableId::endpoint, region_.endpoint(ref.slot), ref, r);
}

Status Publisher::update(SlotRef ref, const EndpointRecord& r, const EndpointKeys& k) {
  if (!is_live(TableId::endpoint, ref)) return not_live(TableId::endpoint, ref);
  if (const Fault f = validate(r, region_.capacities()); !f.empty()) return fault_error(f);
  if (const Fault f = validate(k); !f.empty()) return fault_error(f);
  if (const Fault f = validate_pair(r, k); !f.empty()) return fault_error(f);
  EndpointKeys old;
  SLUICE_ASSERT(region_.keys(ref.slot).read(old));
  const bool same_srtp_keys = old.profile == k.profile && old.recv.key == k.recv.key &&
                              old.recv.salt == k.recv.salt && old.send.key == k.send.key &&
                              old.send.salt == k.send.salt;
  if (!same_srtp_keys && old.epoch == k.epoch)
    return Error{"keys: another SRTP key under the same epoch"};
  EndpointKeys keys = k;
  keys.generation = ref.generation;
  region_.keys(ref.slot).publish(keys);
  return replace(TableId::endpoint, region_.endpoint(ref.slot), ref, r);
}

Status Publisher::update(SlotRef ref, const TrackRecord& r) {
  if (!is_live(TableId::track, ref)) return not_live(TableId::track, ref);
  TrackRecord old;
  SLUICE_ASSERT(region_.track(ref.slot).record.read(old));
  if (old.endpoint != r.endpoint || old.kind != r.kind) {
    return Error{text(TableId::track, ref) +
                 " has another endpoint or kind: retire it and publish a new one"};
  }
  return replace(TableId::track, region_.track(ref.slot), ref, r);
}

Status Publisher::update(SlotRef ref, const SubscriptionRecord& r) {
  if (!is_live(TableId::subscription, ref)) return not_live(TableId::subscription, ref);
  if (const Fault f = validate(r, region_.capacities()); !f.empty()) return fault_error(f);
  if (const Status s = refers_to_live(r); !s) return s;
  SubscriptionRecord old;
  SLUICE_ASSERT(region_.subscription(ref.slot).record.read(old));
  if (old.stream != r.stream) {
    return Error{text(TableId::subscription, ref) +
                 " feeds another stream: retire it and publish a new one"};
  }
  return replace(TableId::subscription, region_.subscription(ref.slot), ref, r);
}

void Publisher::retire(TableId id, SlotRef ref) {
  if (!is_live(id, ref)) return;
  SlotHead& head = region_.head(id, ref.slot);
  std::atomic<uint64_t>& epoch = region_.control().epoch;
  const uint64_t retired_epoch = epoch.load(std::memory_order_relaxed) + 1;
  head.retired_epoch.store(retired_epoch, std::memory_order_relaxed);
  head.word.store(SlotState::retired, Generation(ref.generation));
  table(id).retired.push_back(ref.slot);
  tell(id, ref);
  // Last: a worker that reads this epoch finds the news, or that news was lost.
  epoch.store(retired_epoch, std::memory_order_release);
}

void Publisher::reclaim(bool dataplane_alive) {
  uint64_t seen = ~uint64_t{0};
  if (dataplane_alive) {
    for (uint32_t w = 0; w < region_.capacities().workers; ++w) {
      seen = std::min(seen, region_.worker(w).seen_epoch.load(std::memory_order_acquire));
    }
  }
  bool endpoint_freed = false;
  for (const TableId id : all_tables) {
    std::deque<uint32_t>& retired = table(id).retired;
    while (!retired.empty()) {
      const uint32_t slot = retired.front();
      if (region_.head(id, slot).retired_epoch.load(std::memory_order_relaxed) > seen) break;
      retired.pop_front();
      endpoint_freed = endpoint_freed || id == TableId::endpoint;
      free_slot(id, slot);
    }
  }
  if (endpoint_freed) free_parked_streams();
}

void Publisher::free_slot(TableId id, uint32_t slot) {
  if (id == TableId::endpoint) wipe_keys(slot);
  if (id == TableId::stream) {
    StreamRecord r;
    SLUICE_ASSERT(region_.stream(slot).record.read(r));
    if (is_live(TableId::endpoint, r.endpoint)) {
      parked_streams_.push_back(slot);
      return;
    }
    used_ssrcs_.erase(r.ssrc);
    used_ssrcs_.erase(r.rtx_ssrc);
  }
  SlotWord& word = region_.head(id, slot).word;
  word.store(SlotState::free, word.load().generation);
  table(id).free.push_back(slot);
}

void Publisher::free_parked_streams() {
  std::vector<uint32_t> parked;
  parked.swap(parked_streams_);
  for (const uint32_t slot : parked) free_slot(TableId::stream, slot);
}

// Twice, since a Versioned holds two copies.
void Publisher::wipe_keys(uint32_t slot) {
  region_.keys(slot).publish({});
  region_.keys(slot).publish({});
}

std::vector<SlotRef> Publisher::live(TableId id) const {
  std::vector<SlotRef> refs;
  for (uint32_t i = 0; i < slot_count(region_.capacities(), id); ++i) {
    const SlotWord::Value v = region_.head(id, i).word.load();
    if (v.state == SlotState::live) refs.push_back({i, v.generation.value()});
  }
  return refs;
}

std::size_t Publisher::free_count(TableId id) const {
  return table(id).free.size();
}

std::size_t Publisher::retired_count() const {
  std::size_t n = parked_streams_.size();
  for (const TableId id : all_tables) n += table(id).retired.size();
  return n;
}

void Publisher::tell(TableId id, SlotRef ref) {
  News news;
  news.table = id;
  news.ref = ref;
  for (Ring<News>& ring : news_) ring.push(news);
}

}  // namespace sluice::shm
