#include "controlplane/agent/orphans.h"

#include <algorithm>
#include <unordered_map>

namespace sluice::agent {
namespace {

// Twice the time after which consent ends (RFC 7675): a client that restarts ICE in vain is not cut
// off early.
constexpr TimeNs gone_after_ns = 60 * ns_per_s;

uint64_t key(shm::SlotRef ref) {
  return uint64_t{ref.slot} << 32 | ref.generation;
}

}  // namespace

void Orphans::adopt(TimeNs now) {
  adopt_endpoints(now);
  adopt_dependents();
}

void Orphans::adopt_endpoints(TimeNs now) {
  shm::Region& region = node_.plane.region();
  for (const shm::SlotRef ref : node_.plane.publisher().live(shm::TableId::endpoint)) {
    shm::EndpointRecord r;
    if (!region.endpoint(ref.slot).record.read(r)) continue;
    node_.identities.note_ssrc(r.rtcp_ssrc);
    node_.identities.note_ufrag(std::string(r.ufrag.view()));
    if (r.home_worker < node_.endpoints_per_worker.size()) {
      ++node_.endpoints_per_worker[r.home_worker];
    }
    orphans_.push_back({ref, r.home_worker, now, {}, {}, {}});
  }
}

void Orphans::adopt_dependents() {
  shm::Region& region = node_.plane.region();
  shm::Publisher& publisher = node_.plane.publisher();
  std::unordered_map<uint64_t, shm::SlotRef> owner;  // track or stream -> endpoint
  for (const shm::SlotRef ref : publisher.live(shm::TableId::track)) {
    shm::TrackRecord r;
    if (!region.track(ref.slot).record.read(r)) continue;
    node_.identities.note_ssrc(r.csrc);
    if (Orphan* o = find(r.endpoint)) {
      o->tracks.push_back(ref);
    } else {
      publisher.retire(shm::TableId::track, ref);
    }
  }
  for (const shm::SlotRef ref : publisher.live(shm::TableId::stream)) {
    shm::StreamRecord r;
    if (!region.stream(ref.slot).record.read(r)) continue;
    node_.identities.note_ssrc(r.ssrc);
    if (Orphan* o = find(r.endpoint)) {
      o->streams.push_back(ref);
      owner[key(ref)] = r.endpoint;
    } else {
      publisher.retire(shm::TableId::stream, ref);
    }
  }
  for (const shm::SlotRef ref : publisher.live(shm::TableId::subscription)) {
    shm::SubscriptionRecord r;
    if (!region.subscription(ref.slot).record.read(r)) continue;
    const auto at = owner.find(key(r.stream));
    if (Orphan* o = at == owner.end() ? nullptr : find(at->second)) {
      o->subscriptions.push_back(ref);
    } else {
      publisher.retire(shm::TableId::subscription, ref);
    }
  }
}

Orphans::Orphan* Orphans::find(shm::SlotRef endpoint) {
  const auto at = std::find_if(orphans_.begin(), orphans_.end(),
                               [&](const Orphan& o) { return o.endpoint == endpoint; });
  return at == orphans_.end() ? nullptr : &*at;
}

bool Orphans::is_connected(const Orphan& o) {
  const shm::EndpointState& state = node_.plane.region().endpoint(o.endpoint.slot).state;
  return state.generation.load(std::memory_order_acquire) == o.endpoint.generation &&
         (state.flags.load(std::memory_order_acquire) & shm::endpoint_flag_connected) != 0;
}

void Orphans::on_tick(TimeNs now) {
  // Without a data plane nobody can answer for the clients; they are not gone for that.
  const bool ready = node_.plane.ready();
  std::erase_if(orphans_, [&](Orphan& o) {
    if (!ready || is_connected(o)) o.connected_at = now;
    if (now - o.connected_at < gone_after_ns) return false;
    let_go(o);
    return true;
  });
}

// What refers is retired before what it refers to. A subscription of another receiver to one of
// these tracks goes idle with the track, and is retired with its own receiver.
void Orphans::let_go(const Orphan& o) {
  shm::Publisher& publisher = node_.plane.publisher();
  for (const shm::SlotRef ref : o.subscriptions) publisher.retire(shm::TableId::subscription, ref);
  for (const shm::SlotRef ref : o.tracks) publisher.retire(shm::TableId::track, ref);
  for (const shm::SlotRef ref : o.streams) publisher.retire(shm::TableId::stream, ref);
  publisher.retire(shm::TableId::endpoint, o.endpoint);
  if (o.home_worker < node_.endpoints_per_worker.size())
    --node_.endpoints_per_worker[o.home_worker];
}

}  // namespace sluice::agent
