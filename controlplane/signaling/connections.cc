#include "controlplane/signaling/connections.h"

#include <algorithm>

namespace sluice::signaling {

IpAddress host_of(IpAddress ip) {
  if (ip.is_v6()) std::fill(ip.bytes.begin() + 8, ip.bytes.end(), uint8_t{0});
  return ip;
}

std::unique_ptr<Connections::Place> Connections::admit(const IpAddress& address) {
  const IpAddress from = host_of(address);
  const auto share_of = [&] {
    const auto at = shares_.find(from);
    return at != shares_.end() ? at->second : Share{};
  };
  bool room = share_of().all < limits_.per_address || drop_longest_waiting(&from);
  if (room && share_of().guests >= limits_.guests_per_address) room = drop_longest_waiting(&from);
  if (room && (guests_ >= limits_.guests || open_ >= limits_.all))
    room = drop_longest_waiting(nullptr);
  if (!room) {
    ++counts_.refused;
    return nullptr;
  }
  ++open_;
  ++guests_;
  Share& share = shares_[from];
  ++share.all;
  ++share.guests;
  return std::unique_ptr<Place>(new Place(shared_from_this(), from));
}

bool Connections::drop_longest_waiting(const IpAddress* of) {
  const auto at = std::ranges::find_if(
      waiting_, [of](const Place* p) { return p->drop_ && (of == nullptr || p->from_ == *of); });
  if (at == waiting_.end()) return false;
  Place& place = **at;
  const auto drop = std::move(place.drop_);
  ++counts_.dropped;
  place.leave();
  // Its session ends by and by, and the place with it.
  drop();
  return true;
}

Connections::Place::~Place() {
  leave();
}

void Connections::Place::leave() {
  if (!owner_) return;
  is_served();
  opens();
  --owner_->open_;
  const auto share = owner_->shares_.find(from_);
  if (--share->second.all == 0) owner_->shares_.erase(share);
  owner_.reset();
}

void Connections::Place::waits() {
  if (!owner_ || waiting_) return;
  waiting_ = true;
  at_ = owner_->waiting_.insert(owner_->waiting_.end(), this);
}

void Connections::Place::lingers() {
  if (!owner_) return;
  is_served();
  waiting_ = true;
  at_ = owner_->waiting_.insert(owner_->waiting_.begin(), this);
}

void Connections::Place::is_served() {
  if (!owner_ || !waiting_) return;
  waiting_ = false;
  owner_->waiting_.erase(at_);
}

void Connections::Place::opens() {
  if (!owner_ || !guest_) return;
  is_served();
  guest_ = false;
  drop_ = {};
  --owner_->guests_;
  --owner_->shares_.find(from_)->second.guests;
}

}  // namespace sluice::signaling
