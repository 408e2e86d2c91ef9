#include "common/shm/publisher.h"

#include <algorithm>
#include <string>

#include "common/base/assert.h"
#include "common/shm/validate.h"

namespace sluice::shm {
namespace {

constexpr TableId all_tables[] = {TableId::endpoint, TableId::track, TableId::stream,
                                  TableId::subscription, TableId::negotiation};

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
    case TableId::negotiation:
      return "negotiation";
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

bool same_key(const srtp::MasterKey& a, const srtp::MasterKey& b) {
  return a.key == b.key && a.salt == b.salt;
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
  adopt_negotiations();
}

void Publisher::adopt(TableId id) {
  const uint32_t count = slot_count(region_.capacities(), id);
  const uint64_t epoch = region_.control().epoch.load(std::memory_order_relaxed) + 1;
  table(id).free = SlotPool(count, region_.capacities().workers);
  // Downwards, so that the lowest free slot is taken first and tables stay dense.
  for (uint32_t i = count; i-- > 0;) {
    SlotHead& head = region_.head(id, i);
    const SlotWord::Value v = head.word.load();
    if (v.state == SlotState::free) {
      table(id).free.put(i);
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

uint32_t Publisher::home_of(SlotRef endpoint) const {
  EndpointRecord r;
  const bool known = region_.endpoint(endpoint.slot).record.read(r);
  return known && r.home_worker < region_.capacities().workers ? r.home_worker : 0;
}

Result<SlotRef> Publisher::take_slot(TableId id, uint32_t home) {
  const std::optional<uint32_t> free = table(id).free.take(home);
  if (!free) {
    if (id == TableId::negotiation)
      return Error{"endpoints of too many kinds: their payload types and extensions all differ"};
    return Error{std::string("table of ") + name_of(id) + "s is full (" +
                 std::to_string(slot_count(region_.capacities(), id)) + "); raise " + name_of(id) +
                 "s_max"};
  }
  const uint32_t slot = *free;
  SlotHead& head = region_.head(id, slot);
  const Generation g = next(head.word.load().generation);
  head.word.store(SlotState::filling, g, incarnation_);
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

Result<SlotRef> Publisher::publish(const EndpointRecord& record, const EndpointKeys& k,
                                   const NegotiationRecord& n) {
  EndpointRecord r = record;
  r.password = 0;
  r.negotiation = {0, 1};  // in range, for the judge; the real one follows
  if (const Fault f = validate(r, region_.capacities()); !f.empty()) return fault_error(f);
  if (const Fault f = validate(n); !f.empty()) return fault_error(f);
  if (const Fault f = validate(k); !f.empty()) return fault_error(f);
  if (const Fault f = validate_pair(r, k); !f.empty()) return fault_error(f);
  Result<SlotRef> ref = take_slot(TableId::endpoint, r.home_worker);
  if (!ref) return ref;
  const Result<SlotRef> shared = share(n);
  if (!shared) {
    SlotHead& head = region_.head(TableId::endpoint, ref->slot);
    head.word.store(SlotState::free, Generation(ref->generation));
    table(TableId::endpoint).free.put(ref->slot);
    return shared.error();
  }
  r.negotiation = *shared;
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
  Result<SlotRef> ref = take_slot(TableId::track, home_of(r.endpoint));
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
  Result<SlotRef> ref = take_slot(TableId::stream, home_of(r.endpoint));
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
  StreamRecord stream;
  region_.stream(r.stream.slot).record.read(stream);
  Result<SlotRef> ref = take_slot(TableId::subscription, home_of(stream.endpoint));
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
  if constexpr (requires { r.id; }) {
    if (old.id != r.id)
      return Error{text(id, ref) + " has another id: retire it and publish a new one"};
  }
  row.record.publish(r);
  tell(id, ref);
  return {};
}

bool Publisher::read_keys(SlotRef ref, EndpointKeys& out) const {
  EndpointRecord r;
  return is_live(TableId::endpoint, ref) && region_.endpoint(ref.slot).record.read(r) &&
         region_.keys(ref.slot).read(out, r.password);
}

Status Publisher::update(SlotRef ref, const EndpointRecord& r) {
  EndpointKeys k;
  if (!read_keys(ref, k)) return not_live(TableId::endpoint, ref);
  return update(ref, r, k);
}

Status Publisher::update(SlotRef ref, const EndpointRecord& record, const NegotiationRecord& n) {
  if (!is_live(TableId::endpoint, ref)) return not_live(TableId::endpoint, ref);
  if (const Fault f = validate(n); !f.empty()) return fault_error(f);
  EndpointRecord old;
  SLUICE_ASSERT(region_.endpoint(ref.slot).record.read(old));
  const Result<SlotRef> shared = share(n);
  if (!shared) return shared.error();
  EndpointRecord r = record;
  r.password = old.password;
  r.negotiation = *shared;
  if (r.ufrag != old.ufrag || r.previous_ufrag != old.previous_ufrag ||
      r.key_epoch != old.key_epoch || r.srtp_profile != old.srtp_profile) {
    unshare(*shared);
    return Error{"endpoint: keys and credentials change apart from what is negotiated"};
  }
  const Status s = replace(TableId::endpoint, region_.endpoint(ref.slot), ref, r);
  unshare(s ? old.negotiation : *shared);
  return s;
}

// What may become of an endpoint's keys and credentials in the life of its slot.
Status Publisher::check_credentials(const EndpointRecord& old, const EndpointRecord& r,
                                    const EndpointKeys& have, const EndpointKeys& k) const {
  const bool same_srtp =
      have.profile == k.profile && same_key(have.recv, k.recv) && same_key(have.send, k.send);
  if (!same_srtp && have.epoch == k.epoch)
    return Error{"keys: another SRTP key under the same epoch"};
  if (have.epoch != k.epoch && have.profile != srtp::Profile::none)
    return Error{"keys: an endpoint gets its SRTP keys once"};
  if (r.ufrag == old.ufrag) {
    if (!(have.ice_pwd == k.ice_pwd)) return Error{"keys: another password for the same ufrag"};
    if (!r.previous_ufrag.empty() && r.previous_ufrag != old.previous_ufrag)
      return Error{"endpoint: previous ufrag is not the one before"};
    return {};
  }
  if (r.previous_ufrag.empty()) return {};
  if (r.previous_ufrag != old.ufrag) return Error{"endpoint: previous ufrag is not the one before"};
  if (!(k.previous_ice_pwd == have.ice_pwd))
    return Error{"keys: another password for the previous ufrag"};
  return {};
}

Status Publisher::update(SlotRef ref, const EndpointRecord& record, const EndpointKeys& k) {
  if (!is_live(TableId::endpoint, ref)) return not_live(TableId::endpoint, ref);
  EndpointRecord old;
  SLUICE_ASSERT(region_.endpoint(ref.slot).record.read(old));
  EndpointRecord r = record;
  r.password = old.password;
  r.negotiation = old.negotiation;
  if (const Fault f = validate(r, region_.capacities()); !f.empty()) return fault_error(f);
  if (const Fault f = validate(k); !f.empty()) return fault_error(f);
  if (const Fault f = validate_pair(r, k); !f.empty()) return fault_error(f);
  EndpointKeyCell& cell = region_.keys(ref.slot);
  EndpointKeys have;
  SLUICE_ASSERT(cell.read(have, old.password));
  if (const Status s = check_credentials(old, r, have, k); !s) return s;
  if (r.id != old.id) return replace(TableId::endpoint, region_.endpoint(ref.slot), ref, r);
  if (!(r.ufrag == old.ufrag)) {
    r.password ^= 1;
    cell.set_password(r.password, k.ice_pwd);
  }
  if (k.epoch != have.epoch) {
    EndpointKeys keys = k;
    keys.generation = ref.generation;
    cell.set_srtp(keys);
  }
  const Status s = replace(TableId::endpoint, region_.endpoint(ref.slot), ref, r);
  if (s && r.previous_ufrag.empty()) cell.set_password(r.password ^ 1, {});
  return s;
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

// The old home lets go and the new one waits for that; what belongs to the endpoint comes behind it
// in each ring.
Status Publisher::move(SlotRef endpoint, uint8_t worker, const Belongings& all) {
  if (!is_live(TableId::endpoint, endpoint)) return not_live(TableId::endpoint, endpoint);
  EndpointRecord r;
  SLUICE_ASSERT(region_.endpoint(endpoint.slot).record.read(r));  // we are the only writer
  r.home_worker = worker;
  if (const Status s = update(endpoint, r); !s) return s;
  for (const SlotRef ref : all.tracks) tell(TableId::track, ref);
  for (const SlotRef ref : all.streams) tell(TableId::stream, ref);
  for (const SlotRef ref : all.subscriptions) tell(TableId::subscription, ref);
  return {};
}

void Publisher::retire(TableId id, SlotRef ref) {
  if (!is_live(id, ref)) return;
  EndpointRecord r;
  const bool shares = id == TableId::endpoint && region_.endpoint(ref.slot).record.read(r);
  retire_slot(id, ref);
  if (shares) unshare(r.negotiation);
}

void Publisher::retire_slot(TableId id, SlotRef ref) {
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
  table(id).free.put(slot);
}

void Publisher::free_parked_streams() {
  std::vector<uint32_t> parked;
  parked.swap(parked_streams_);
  for (const uint32_t slot : parked) free_slot(TableId::stream, slot);
}

void Publisher::wipe_keys(uint32_t slot) {
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
  return table(id).free.count();
}

std::size_t Publisher::retired_count() const {
  std::size_t n = parked_streams_.size();
  for (const TableId id : all_tables) n += table(id).retired.size();
  return n;
}

// Of a negotiation nobody is told: workers read it when an endpoint names it.
void Publisher::tell(TableId id, SlotRef ref) {
  if (id == TableId::negotiation) return;
  News news;
  news.table = id;
  news.ref = ref;
  for (Ring<News>& ring : news_) ring.push(news);
}

}  // namespace sluice::shm
