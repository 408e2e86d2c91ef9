#include "controlplane/agent/standing.h"

namespace sluice::agent {
namespace {

using shm::SlotRef;
using shm::TableId;

uint64_t key(SlotRef ref) {
  return uint64_t{ref.slot} << 32 | ref.generation;
}

// Who owns a track or a stream: its endpoint, by slot.
using Owners = std::unordered_map<uint64_t, StandingEndpoint*>;

StandingEndpoint* find(const Owners& owners, SlotRef ref) {
  const auto at = owners.find(key(ref));
  return at == owners.end() ? nullptr : at->second;
}

Owners read_endpoints(Node& node, Standing& out) {
  Owners owners;
  for (const SlotRef ref : node.plane.publisher().live(TableId::endpoint)) {
    shm::EndpointRecord r;
    if (!node.plane.region().endpoint(ref.slot).record.read(r)) continue;
    node.identities.note_ssrc(r.rtcp_ssrc);
    node.identities.note_ufrag(std::string(r.ufrag.view()));
    if (!r.previous_ufrag.empty()) {
      node.identities.note_ufrag(std::string(r.previous_ufrag.view()));
    }
    StandingEndpoint& e = out[r.id];
    e.endpoint = {ref, r};
    owners[key(ref)] = &e;
  }
  return owners;
}

void read_tracks(Node& node, const Owners& endpoints) {
  for (const SlotRef ref : node.plane.publisher().live(TableId::track)) {
    shm::TrackRecord r;
    if (!node.plane.region().track(ref.slot).record.read(r)) continue;
    node.identities.note_ssrc(r.csrc);
    if (StandingEndpoint* e = find(endpoints, r.endpoint)) {
      e->tracks.push_back({ref, r});
    } else {
      node.plane.publisher().retire(TableId::track, ref);
    }
  }
}

Owners read_streams(Node& node, const Owners& endpoints) {
  Owners owners;
  for (const SlotRef ref : node.plane.publisher().live(TableId::stream)) {
    shm::StreamRecord r;
    if (!node.plane.region().stream(ref.slot).record.read(r)) continue;
    node.identities.note_ssrc(r.ssrc);
    if (StandingEndpoint* e = find(endpoints, r.endpoint)) {
      e->streams.push_back({ref, r});
      owners[key(ref)] = e;
    } else {
      node.plane.publisher().retire(TableId::stream, ref);
    }
  }
  return owners;
}

void read_subscriptions(Node& node, const Owners& streams) {
  for (const SlotRef ref : node.plane.publisher().live(TableId::subscription)) {
    shm::SubscriptionRecord r;
    if (!node.plane.region().subscription(ref.slot).record.read(r)) continue;
    if (StandingEndpoint* e = find(streams, r.stream)) {
      e->subscriptions.push_back({ref, r});
    } else {
      node.plane.publisher().retire(TableId::subscription, ref);
    }
  }
}

}  // namespace

Standing read_standing(Node& node) {
  Standing standing;
  const Owners endpoints = read_endpoints(node, standing);
  read_tracks(node, endpoints);
  read_subscriptions(node, read_streams(node, endpoints));
  return standing;
}

// What refers is retired before what it refers to.
void retire(Node& node, const StandingEndpoint& e) {
  shm::Publisher& publisher = node.plane.publisher();
  for (const auto& row : e.subscriptions) publisher.retire(TableId::subscription, row.ref);
  for (const auto& row : e.tracks) publisher.retire(TableId::track, row.ref);
  for (const auto& row : e.streams) publisher.retire(TableId::stream, row.ref);
  publisher.retire(TableId::endpoint, e.endpoint.ref);
}

}  // namespace sluice::agent
