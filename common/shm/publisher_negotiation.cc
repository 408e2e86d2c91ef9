// What endpoints negotiated, shared by those that negotiated the same.
#include "common/shm/publisher.h"

namespace sluice::shm {
namespace {

std::string bytes_of(const NegotiationRecord& n) {
  return {reinterpret_cast<const char*>(&n), sizeof n};
}

}  // namespace

// Which endpoints share which negotiation; one that nobody uses was left by a writer that died.
void Publisher::adopt_negotiations() {
  negotiation_users_.resize(slot_count(region_.capacities(), TableId::negotiation));
  for (const SlotRef e : live(TableId::endpoint)) {
    EndpointRecord r;
    if (region_.endpoint(e.slot).record.read(r) && is_live(TableId::negotiation, r.negotiation))
      ++negotiation_users_[r.negotiation.slot];
  }
  for (const SlotRef n : live(TableId::negotiation)) {
    NegotiationRecord r;
    region_.negotiation(n.slot).record.read(r);
    // Of two alike the later one is shared from now on; the other serves those that have it.
    if (negotiation_users_[n.slot] == 0) {
      retire_slot(TableId::negotiation, n);
    } else {
      negotiations_[bytes_of(r)] = n;
    }
  }
}

// One more user of this negotiation, which is made when it is the first.
Result<SlotRef> Publisher::share(const NegotiationRecord& n) {
  const auto known = negotiations_.find(bytes_of(n));
  if (known != negotiations_.end()) {
    ++negotiation_users_[known->second.slot];
    return known->second;
  }
  Result<SlotRef> ref = take_slot(TableId::negotiation, 0);
  if (!ref) return ref;
  region_.negotiation(ref->slot).record.publish(n);
  go_live(TableId::negotiation, *ref);
  negotiations_[bytes_of(n)] = *ref;
  ++negotiation_users_[ref->slot];
  return ref;
}

void Publisher::unshare(SlotRef ref) {
  if (!is_live(TableId::negotiation, ref) || --negotiation_users_[ref.slot] != 0) return;
  NegotiationRecord n;
  region_.negotiation(ref.slot).record.read(n);
  const auto known = negotiations_.find(bytes_of(n));
  if (known != negotiations_.end() && known->second == ref) negotiations_.erase(known);
  retire_slot(TableId::negotiation, ref);
}

}  // namespace sluice::shm
