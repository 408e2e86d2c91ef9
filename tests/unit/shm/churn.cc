#include "tests/unit/shm/churn.h"

#include <algorithm>

#include "tests/unit/shm/records.h"

namespace sluice::shm {
namespace {

// Few, so that SSRCs come back again and again and the publisher must keep them apart.
constexpr uint32_t ssrcs_max = 400;

bool is_expected(const std::string& error) {
  return error.find("is full") != std::string::npos || error.find("is taken") != std::string::npos;
}

}  // namespace

Churn::Churn(Region& region, uint64_t incarnation, uint64_t seed)
    : region_(region),
      random_(seed),
      next_id_((incarnation << 24) + 1),
      publisher_(region, incarnation),
      restarts_(incarnation << 16) {
  adopt<Endpoint>(
      TableId::endpoint, endpoints_, [&](uint32_t i) -> Endpoint& { return region_.endpoint(i); },
      [](const EndpointRecord&, Held&) { return true; });
  const auto lives = [&](TableId id, SlotRef ref) {
    return region_.head(id, ref.slot).word.is_live(ref, ref.slot);
  };
  adopt<Track>(
      TableId::track, tracks_, [&](uint32_t i) -> Track& { return region_.track(i); },
      [&](const TrackRecord& r, Held& h) {
        h.a = r.endpoint;
        return lives(TableId::endpoint, r.endpoint);
      });
  adopt<Stream>(
      TableId::stream, streams_, [&](uint32_t i) -> Stream& { return region_.stream(i); },
      [&](const StreamRecord& r, Held& h) {
        h.a = r.endpoint;
        return lives(TableId::endpoint, r.endpoint);
      });
  adopt<Subscription>(
      TableId::subscription, subscriptions_,
      [&](uint32_t i) -> Subscription& { return region_.subscription(i); },
      [&](const SubscriptionRecord& r, Held& h) {
        h.a = r.track;
        h.b = r.stream;
        return lives(TableId::track, r.track) && lives(TableId::stream, r.stream);
      });
}

template <class Row, class RowAt, class Refs>
void Churn::adopt(TableId id, List& list, RowAt row_at, Refs refs) {
  for (const SlotRef ref : publisher_.live(id)) {
    typename Row::Record record;
    if (!row_at(ref.slot).record.read(record) || !is_whole(record)) {
      fault_ = "adopted a live slot whose record is not whole";
      return;
    }
    Held held{0, ref, {}, {}};
    if constexpr (requires { record.id; }) held.id = record.id;
    if (refs(record, held)) {
      list.push_back(held);
    } else {
      publisher_.retire(id, ref);
    }
  }
}

template <class R>
bool Churn::accepted(const R& result) {
  ++changes_;
  if (result) return true;
  if (!is_expected(result.error().message)) fault_ = result.error().message;
  return false;
}

uint64_t Churn::fresh_id() {
  return next_id_++;
}

std::size_t Churn::pick(const List& list) {
  return random_() % list.size();
}

Churn::Held Churn::take(List& list, std::size_t i) {
  const Held held = list[i];
  list[i] = list.back();
  list.pop_back();
  return held;
}

void Churn::step(bool dataplane_alive) {
  switch (random_() % 20) {
    case 0:
    case 1:
      return open_endpoint();
    case 2:
      return close_endpoint();
    case 3:
      return rekey();
    case 4:
    case 5:
      return open_track();
    case 6:
      return close_track();
    case 7:
    case 8:
    case 9:
      return open_stream();
    case 10:
      return close_stream();
    case 11:
    case 12:
    case 13:
      return subscribe();
    case 14:
    case 15:
      return change_subscription();
    case 16:
      return unsubscribe();
    case 17:
      return inject();
    case 18:
      return drain_events();
    default:
      return publisher_.reclaim(dataplane_alive);
  }
}

void Churn::open_endpoint() {
  const uint64_t id = fresh_id();
  const auto home = static_cast<uint8_t>(random_() % region_.capacities().workers);
  const auto ref =
      publisher_.publish(endpoint_record(id, home), endpoint_keys(id), some_negotiation());
  if (accepted(ref)) endpoints_.push_back({id, *ref, {}, {}});
}

void Churn::close_endpoint() {
  if (endpoints_.empty()) return;
  const Held e = take(endpoints_, pick(endpoints_));
  // Either order must be safe: what the endpoint carried first, or the endpoint first.
  const bool endpoint_first = random_() % 2 == 0;
  if (endpoint_first) publisher_.retire(TableId::endpoint, e.ref);
  for (std::size_t i = tracks_.size(); i-- > 0;) {
    if (tracks_[i].a != e.ref) continue;
    const Held t = take(tracks_, i);
    end_subscriptions(true, t.ref);
    publisher_.retire(TableId::track, t.ref);
    ++changes_;
  }
  for (std::size_t i = streams_.size(); i-- > 0;) {
    if (streams_[i].a != e.ref) continue;
    const Held s = take(streams_, i);
    end_subscriptions(false, s.ref);
    publisher_.retire(TableId::stream, s.ref);
    ++changes_;
  }
  if (!endpoint_first) publisher_.retire(TableId::endpoint, e.ref);
  ++changes_;
}

void Churn::rekey() {
  if (endpoints_.empty()) return;
  const Held& e = endpoints_[pick(endpoints_)];
  EndpointRecord r;
  if (!region_.endpoint(e.ref.slot).record.read(r)) return;
  // Keyed once, as a transport is; afterwards only the record changes.
  if (r.srtp_profile == srtp::Profile::none) {
    r.key_epoch = 1;
    r.srtp_profile = srtp::Profile::aead_aes_256_gcm;
    accepted(publisher_.update(e.ref, r, endpoint_keys(e.id, 1, r.srtp_profile)));
  } else if (random_() % 2 == 0) {
    r.transport_feedback ^= 1;
    accepted(publisher_.update(e.ref, r, some_negotiation()));
  } else {
    restart_ice(e, r);
  }
}

// One of a few, so that they are shared, given up and made again.
NegotiationRecord Churn::some_negotiation() {
  NegotiationRecord n = negotiation_record();
  n.send_extensions.audio_level = static_cast<uint8_t>(1 + random_() % 5);
  return n;
}

// Another fragment with a password of its own, or the end of the one before.
void Churn::restart_ice(const Held& e, EndpointRecord r) {
  EndpointKeys k;
  if (!publisher_.read_keys(e.ref, k)) return;
  if (r.previous_ufrag.empty()) {
    r.previous_ufrag = r.ufrag;
    k.previous_ice_pwd = k.ice_pwd;
    r.ufrag = Text<16>(name_of_restart(e.id, ++restarts_));
    k.ice_pwd = Text<40>(password_of(r.ufrag));
  } else {
    r.previous_ufrag = {};
    k.previous_ice_pwd = {};
  }
  accepted(publisher_.update(e.ref, r, k));
}

void Churn::open_track() {
  if (endpoints_.empty()) return;
  const Held& e = endpoints_[pick(endpoints_)];
  const uint64_t id = fresh_id();
  const auto ref = publisher_.publish(track_record(id, e.ref));
  if (accepted(ref)) tracks_.push_back({id, *ref, e.ref, {}});
}

void Churn::close_track() {
  if (tracks_.empty()) return;
  const Held t = take(tracks_, pick(tracks_));
  end_subscriptions(true, t.ref);
  publisher_.retire(TableId::track, t.ref);
  ++changes_;
}

void Churn::open_stream() {
  if (endpoints_.empty()) return;
  const Held& e = endpoints_[pick(endpoints_)];
  const uint64_t id = fresh_id();
  const uint32_t ssrc = 1 + static_cast<uint32_t>(random_() % ssrcs_max);
  const auto ref = publisher_.publish(stream_record(id, e.ref, ssrc, ssrc + ssrcs_max));
  if (accepted(ref)) streams_.push_back({id, *ref, e.ref, {}});
}

void Churn::close_stream() {
  if (streams_.empty()) return;
  const Held s = take(streams_, pick(streams_));
  end_subscriptions(false, s.ref);
  publisher_.retire(TableId::stream, s.ref);
  ++changes_;
}

void Churn::subscribe() {
  if (tracks_.empty() || streams_.empty()) return;
  const Held& t = tracks_[pick(tracks_)];
  const Held& s = streams_[pick(streams_)];
  for (const Held& other : subscriptions_) {
    if (other.b == s.ref) return;
  }
  const auto ref = publisher_.publish(subscription_record(t.ref, s.ref));
  if (accepted(ref)) subscriptions_.push_back({0, *ref, t.ref, s.ref});
}

void Churn::change_subscription() {
  if (subscriptions_.empty() || tracks_.empty()) return;
  Held& s = subscriptions_[pick(subscriptions_)];
  const Held& t = tracks_[pick(tracks_)];
  SubscriptionRecord r = subscription_record(t.ref, s.b);
  r.paused = static_cast<uint8_t>(random_() % 2);
  if (accepted(publisher_.update(s.ref, r))) s.a = t.ref;
}

void Churn::unsubscribe() {
  if (subscriptions_.empty()) return;
  publisher_.retire(TableId::subscription, take(subscriptions_, pick(subscriptions_)).ref);
  ++changes_;
}

void Churn::end_subscriptions(bool of_track, SlotRef ref) {
  for (std::size_t i = subscriptions_.size(); i-- > 0;) {
    if ((of_track ? subscriptions_[i].a : subscriptions_[i].b) != ref) continue;
    publisher_.retire(TableId::subscription, take(subscriptions_, i).ref);
    ++changes_;
  }
}

void Churn::inject() {
  if (endpoints_.empty()) return;
  const Held& e = endpoints_[pick(endpoints_)];
  WorkerRings rings =
      region_.rings(static_cast<uint32_t>(random_() % region_.capacities().workers));
  Inject* record = rings.inject.reserve();
  if (record == nullptr) return;
  record->endpoint = e.ref;
  record->length = 8;
  std::memcpy(record->bytes.data(), &e.id, sizeof e.id);
  rings.inject.commit();
}

// An event of a slot that has gone on is dropped; one of a live slot must be of what is there.
void Churn::drain_events() {
  for (uint32_t w = 0; w < region_.capacities().workers; ++w) {
    WorkerRings rings = region_.rings(w);
    while (const Event* e = rings.events.front()) {
      const Event event = *e;
      rings.events.pop();
      // The model speaks of streams; a data plane tells of endpoints, too.
      if (event.kind != EventKind::subscription_open) continue;
      StreamRecord r;
      if (!region_.head(TableId::stream, event.ref.slot).word.is_live(event.ref, event.ref.slot))
        continue;
      if (region_.stream(event.ref.slot).record.read(r) &&
          event.value != static_cast<uint32_t>(r.id)) {
        fault_ = "an event of a live generation speaks of another stream";
      }
    }
  }
}

void Churn::retire_everything() {
  while (!endpoints_.empty()) close_endpoint();
  while (!tracks_.empty()) close_track();
  while (!streams_.empty()) close_stream();
  while (!subscriptions_.empty()) unsubscribe();
}

std::string leak_of(Region& region, const Publisher& publisher) {
  std::size_t accounted = publisher.retired_count();
  std::size_t capacity = 0;
  for (const TableId id : {TableId::endpoint, TableId::track, TableId::stream,
                           TableId::subscription, TableId::negotiation}) {
    accounted += publisher.live(id).size() + publisher.free_count(id);
    capacity += slot_count(region.capacities(), id);
  }
  if (accounted == capacity) return {};
  return "live + retired + free = " + std::to_string(accounted) + " of " +
         std::to_string(capacity) + " slots";
}

}  // namespace sluice::shm
