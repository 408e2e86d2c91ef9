#include "controlplane/agent/subscriptions.h"

#include <algorithm>

namespace sluice::agent {
namespace {

using State = schema::SubscriptionState;

// Caps above what the tables can say mean all.
uint8_t cap_of(uint32_t wanted, uint32_t max) {
  return wanted < max ? static_cast<uint8_t>(wanted) : shm::layer_cap_none;
}

void copy_wishes(const schema::Subscribe& from, shm::SubscriptionRecord& to) {
  to.encoding_cap = cap_of(from.encoding_cap(), shm::encodings_max);
  to.temporal_cap = cap_of(from.temporal_cap(), 8);
  to.priority = static_cast<uint8_t>(std::min<uint32_t>(from.priority(), 255));
  to.paused = from.paused() ? 1 : 0;
}

}  // namespace

void Subscriptions::subscribe(const schema::Subscribe& request) {
  const std::string& id = request.subscription_id();
  const auto known = entries_.find(id);
  if (known != entries_.end() && request.generation() < known->second.generation) return;
  ReceiveTransport* receiver = find_receiver_(request.receiver_endpoint_id());
  PublishedSource* track = tracks_.find(request.track_id());
  if (receiver == nullptr || track == nullptr) {
    const char* why = receiver == nullptr ? "no such receiver" : "no such track";
    if (known != entries_.end()) return remove(id, State::REFUSED, why);
    return report(id, State::REFUSED, "", "", why);
  }
  // Another receiver or another kind needs another stream.
  if (known != entries_.end() && (known->second.receiver != request.receiver_endpoint_id() ||
                                  known->second.stream.kind != track->record.kind)) {
    remove(id, State::ENDED, "");
  }
  Entry* adopted = known == entries_.end() ? claim(request) : nullptr;
  Entry& e = adopted != nullptr ? *adopted : entries_[id];
  const bool fresh = e.id.empty();
  const bool switched = !fresh && e.track_id != track->id;
  e.id = id;
  e.receiver = request.receiver_endpoint_id();
  e.pair_id = request.pair_id();
  e.generation = request.generation();
  set_track(e, *track);
  copy_wishes(request, e.record);
  const Status s = fresh ? place(e, *receiver, *track) : put(e, *receiver);
  if (!s) return remove(id, State::REFUSED, s.error().message);
  if (switched) e.phase = State::PHASE_NONE;
  // The conference asked: it is told, also when nothing changed.
  const Phase before = e.phase;
  settle_phase(e, *receiver);
  if (e.phase == before) {
    report(id, e.phase, receiver->pool().at(e.stream).mid,
           e.phase == State::UNDECODABLE ? std::string(name_of(track->codec)) : "", "");
  }
}

void Subscriptions::adopt(const std::string& receiver_id, shm::SlotRef ref,
                          const shm::SubscriptionRecord& record) {
  ReceiveTransport* receiver = find_receiver_(receiver_id);
  const PublishedSource* track = tracks_.find(record.track);
  const auto stream = receiver == nullptr ? std::nullopt : receiver->pool().find(record.stream);
  if (track == nullptr || !stream) {
    return node_.plane.publisher().retire(shm::TableId::subscription, ref);
  }
  const std::string id = "unclaimed/" + std::to_string(ref.slot);
  Entry& e = entries_[id];
  e.id = id;
  e.receiver = receiver_id;
  e.stream = *stream;
  e.record = record;
  e.ref = ref;
  by_slot_[key(ref)] = &e;
  set_track(e, *track);
  receiver->pool().take(e.stream, id, "");
  unclaimed_.insert(id);
}

Subscriptions::Entry* Subscriptions::claim(const schema::Subscribe& request) {
  if (unclaimed_.empty()) return nullptr;
  for (const std::string& id : of_track(request.track_id())) {
    if (!unclaimed_.contains(id) || entries_.at(id).receiver != request.receiver_endpoint_id()) {
      continue;
    }
    unclaimed_.erase(id);
    auto node = entries_.extract(id);
    node.key() = request.subscription_id();
    Entry& e = node.mapped();
    leave_track(e);
    e.id = request.subscription_id();
    by_track_[e.track_id].insert(e.id);
    find_receiver_(e.receiver)->pool().take(e.stream, e.id, request.pair_id());
    entries_.insert(std::move(node));
    const shm::SubscriptionState& state = node_.plane.region().subscription_state(e.ref.slot);
    const bool open = state.generation.load(std::memory_order_acquire) == e.ref.generation &&
                      state.phase.load(std::memory_order_acquire) == shm::SubscriptionPhase::open;
    e.phase = open ? State::OPEN : State::PHASE_NONE;
    return &e;
  }
  return nullptr;
}

void Subscriptions::end_unclaimed() {
  const std::unordered_set<std::string> ids = std::move(unclaimed_);
  unclaimed_.clear();
  for (const std::string& id : ids) remove(id, State::ENDED, "");
}

Status Subscriptions::place(Entry& e, ReceiveTransport& receiver, const PublishedSource& track) {
  const auto stream = receiver.pick(track.record.kind, e.pair_id);
  if (!stream) return Error{"the receiver's pool of streams is at its limit"};
  e.stream = *stream;
  receiver.pool().take(e.stream, e.id, e.pair_id);
  e.record.stream = receiver.pool().at(e.stream).ref;
  return put(e, receiver);
}

Status Subscriptions::put(Entry& e, ReceiveTransport& receiver) {
  shm::Publisher& publisher = node_.plane.publisher();
  if (e.ref) return publisher.update(e.ref, e.record);
  if (!receiver.pool().at(e.stream).answered) return {};
  auto ref = publisher.publish(e.record);
  if (!ref) return ref.error();
  e.ref = *ref;
  by_slot_[key(e.ref)] = &e;
  return {};
}

void Subscriptions::settle_phase(Entry& e, ReceiveTransport& receiver) {
  const PublishedSource* track = tracks_.find(e.track_id);
  if (track == nullptr) return;
  if (track->codec != Codec::none && !receiver.can_decode(track->codec)) {
    return set_phase(e, State::UNDECODABLE, std::string(name_of(track->codec)));
  }
  if (e.phase != State::OPEN) set_phase(e, State::WAITING);
}

void Subscriptions::unsubscribe(const std::string& subscription_id) {
  remove(subscription_id, State::ENDED, "");
}

void Subscriptions::remove(const std::string& id, Phase phase, const std::string& reason) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return;
  Entry& e = at->second;
  std::string mid;
  if (e.ref) {
    node_.plane.publisher().retire(shm::TableId::subscription, e.ref);
    by_slot_.erase(key(e.ref));
  }
  ReceiveTransport* receiver = find_receiver_(e.receiver);
  if (receiver != nullptr && e.record.stream) {
    mid = receiver->pool().at(e.stream).mid;
    receiver->pool().release(e.stream);
  }
  leave_track(e);
  unclaimed_.erase(id);
  const std::string ended = e.id;
  entries_.erase(at);
  report(ended, phase, mid, "", reason);
}

std::vector<std::string> Subscriptions::of_track(const std::string& track_id) const {
  const auto at = by_track_.find(track_id);
  if (at == by_track_.end()) return {};
  return {at->second.begin(), at->second.end()};
}

std::vector<std::string> Subscriptions::of_receiver(ReceiveTransport& receiver) {
  std::vector<std::string> ids;
  for (const PoolPair& pair : receiver.pool().pairs()) {
    for (const PoolStream* s : {&pair.audio, &pair.video}) {
      if (!s->subscription_id.empty()) ids.push_back(s->subscription_id);
    }
  }
  return ids;
}

void Subscriptions::set_track(Entry& e, const PublishedSource& track) {
  leave_track(e);
  e.track_id = track.id;
  e.record.track = track.ref;
  by_track_[e.track_id].insert(e.id);
}

void Subscriptions::leave_track(const Entry& e) {
  const auto at = by_track_.find(e.track_id);
  if (at == by_track_.end()) return;
  at->second.erase(e.id);
  if (at->second.empty()) by_track_.erase(at);
}

void Subscriptions::on_track_end(const std::string& track_id) {
  for (const std::string& id : of_track(track_id)) remove(id, State::ENDED, "the track ended");
}

void Subscriptions::on_receiver_close(const std::string& endpoint_id) {
  ReceiveTransport* receiver = find_receiver_(endpoint_id);
  if (receiver == nullptr) return;
  for (const std::string& id : of_receiver(*receiver)) {
    remove(id, State::ENDED, "the receiver closed");
  }
}

std::vector<shm::SlotRef> Subscriptions::refs_of(ReceiveTransport& receiver) const {
  std::vector<shm::SlotRef> refs;
  for (const std::string& id : of_receiver(receiver)) {
    if (const shm::SlotRef ref = entries_.at(id).ref) refs.push_back(ref);
  }
  return refs;
}

void Subscriptions::on_answer(const std::string& endpoint_id) {
  ReceiveTransport* receiver = find_receiver_(endpoint_id);
  if (receiver == nullptr) return;
  for (const std::string& id : of_receiver(*receiver)) {
    Entry& e = entries_.at(id);
    if (receiver->pool().at(e.stream).refused) {
      remove(id, State::REFUSED, "the client rejected the stream");
    } else if (const Status s = put(e, *receiver); !s) {
      remove(id, State::REFUSED, s.error().message);
    } else {
      settle_phase(e, *receiver);
    }
  }
}

void Subscriptions::on_codec(const PublishedSource& track) {
  for (const std::string& id : of_track(track.id)) {
    Entry& e = entries_.at(id);
    ReceiveTransport* receiver = find_receiver_(e.receiver);
    if (receiver != nullptr) settle_phase(e, *receiver);
  }
}

Subscriptions::Entry* Subscriptions::find(shm::SlotRef ref) {
  const auto at = by_slot_.find(key(ref));
  return at == by_slot_.end() ? nullptr : at->second;
}

void Subscriptions::on_open(shm::SlotRef ref) {
  if (Entry* e = find(ref)) set_phase(*e, State::OPEN);
}

void Subscriptions::on_undecodable(shm::SlotRef ref, Codec codec) {
  Entry* e = find(ref);
  if (e == nullptr || static_cast<uint8_t>(codec) >= codec_count) return;
  set_phase(*e, State::UNDECODABLE, std::string(name_of(codec)));
}

void Subscriptions::on_tick() {
  for (auto& [id, e] : entries_) {
    if (e.phase != State::WAITING || !e.ref) continue;
    const shm::SubscriptionState& state = node_.plane.region().subscription_state(e.ref.slot);
    if (state.generation.load(std::memory_order_acquire) != e.ref.generation) continue;
    if (state.phase.load(std::memory_order_acquire) == shm::SubscriptionPhase::open) {
      set_phase(e, State::OPEN);
    }
  }
}

void Subscriptions::set_phase(Entry& e, Phase phase, const std::string& codec) {
  if (e.phase == phase) return;
  e.phase = phase;
  ReceiveTransport* receiver = find_receiver_(e.receiver);
  const std::string mid = receiver == nullptr ? "" : receiver->pool().at(e.stream).mid;
  report(e.id, phase, mid, codec, "");
}

void Subscriptions::report(const std::string& id, Phase phase, const std::string& mid,
                           const std::string& codec, const std::string& reason) {
  schema::AgentReport report;
  auto& state = *report.mutable_subscription_state();
  state.set_subscription_id(id);
  state.set_phase(phase);
  state.set_mid(mid);
  state.set_codec(codec);
  state.set_reason(reason);
  node_.report(std::move(report));
}

}  // namespace sluice::agent
