// Endpoints that have left for another worker: what still comes here for them goes there. Clients
// send to this worker's UDP port until an ICE restart has given them another candidate.
#include <rte_mbuf.h>

#include <algorithm>

#include "common/shm/live_record.h"
#include "common/wire/stun.h"
#include "dataplane/adopt.h"
#include "dataplane/flow_address.h"
#include "dataplane/port/handover.h"
#include "dataplane/port/port.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

// So many may be waited for at a time, and so long; who is left out is seen by the timers.
constexpr std::size_t passed_checks_max = 16;
constexpr TimeNs verdict_within_ns = ns_per_s;

uint32_t endpoint_of_check(Core& k, const Packet& p) {
  const auto stun = wire::parse_stun({p.data, p.length});
  const auto username = stun ? wire::parse_ice_username(stun->username()) : std::nullopt;
  return username ? find_by_ufrag(k, username->receiver_ufrag, nullptr) : uint32_t{no_slot};
}

uint32_t endpoint_of(Core& k, const Packet& p) {
  const uint32_t* slot = k.flows.find(p.flow);
  return slot != nullptr ? *slot : no_slot;
}

// To the worker that has it; while it is on its way, to where it goes.
std::optional<uint32_t> home_of(Core& k, uint32_t slot) {
  if (const auto holder = k.node.homes->holder(slot)) return holder;
  shm::EndpointRecord r;
  Generation generation;
  if (shm::read_live(k.region.endpoint(slot), r, generation) != shm::SlotRead::live ||
      r.home_worker == k.id || r.home_worker >= k.node.handover->workers()) {
    return {};
  }
  return r.home_worker;
}

void expect_verdict(Core& k, uint32_t slot) {
  const auto known = std::ranges::find(k.passed_checks, slot, &Core::PassedCheck::endpoint);
  if (known != k.passed_checks.end()) {
    known->at = k.now;
  } else if (k.passed_checks.size() < passed_checks_max) {
    k.passed_checks.push_back({slot, k.now});
  }
}

// A browser sends media as soon as its check from there is answered: before the timers look.
void follow_expected(Core& k) {
  std::erase_if(k.passed_checks, [&](const Core::PassedCheck& c) {
    const bool waits = k.now - c.at <= verdict_within_ns &&
                       k.endpoints[c.endpoint].generation != 0 &&
                       !k.node.homes->has(c.endpoint, k.id);
    if (waits) follow(k, c.endpoint);
    return !waits;
  });
}

// From its own 5-tuples all; with its fragment from elsewhere no more than its home would look at.
bool may_pass(Core& k, uint32_t slot, const Packet& p) {
  const uint32_t* owner = k.flows.find(p.flow);
  if (owner != nullptr && *owner == slot) return true;
  if (!Budgets::take(k.budgets.of(k.endpoints[slot].spending).unverified, endpoint_unverified_max))
    return false;
  expect_verdict(k, slot);
  return true;
}

void pass(Core& k, uint32_t slot, rte_mbuf* m) {
  const auto home = home_of(k, slot);
  if (home && k.node.handover->push(k.id, *home, m)) {
    k.count(Counter::handover_out) += 1;
    return;
  }
  k.count(home ? Counter::drop_handover_full : Counter::drop_moving) += 1;
  rte_pktmbuf_free(m);
}

void pass_on(Core& k, PacketBatch& batch, uint32_t (*endpoint)(Core&, const Packet&)) {
  std::size_t kept = 0;
  for (const Packet& p : batch) {
    const uint32_t slot = endpoint(k, p);
    if (slot == no_slot || k.node.homes->has(slot, k.id)) {
      batch.items[kept++] = p;
    } else if (may_pass(k, slot, p)) {
      pass(k, slot, p.mbuf);
    } else {
      k.count(Counter::drop_stun_budget) += 1;
      rte_pktmbuf_free(p.mbuf);
    }
  }
  batch.count = kept;
}

}  // namespace

void pass_on(Core& k, Classified& classified) {
  follow_expected(k);
  pass_on(k, classified.stun, endpoint_of_check);
  pass_on(k, classified.dtls, endpoint_of);
  pass_on(k, classified.srtp, endpoint_of);
  pass_on(k, classified.srtcp, endpoint_of);
}

std::optional<Flow> flow_here(Core& k, uint32_t endpoint, Generation generation) {
  const shm::EndpointState& state = k.endpoint_state(endpoint);
  shm::RemoteAddress a;
  if (state.generation.load(std::memory_order_acquire) != generation.value() ||
      !state.address.read(a) || a.family == 0 || a.local_device >= k.node.ports.size() ||
      a.local_port != k.node.ports[a.local_device]->udp_port_of(k.id)) {
    return {};
  }
  return flow_of(a);
}

void follow(Core& k, uint32_t endpoint) {
  EndpointContext& ep = k.endpoints[endpoint];
  const auto flow = flow_here(k, endpoint, Generation(ep.generation));
  if (!flow && std::ranges::count(ep.ufrag_hashes, 0U) == std::ssize(ep.ufrag_hashes)) {
    drop_endpoint(k, endpoint);
    return;
  }
  // Only a 5-tuple that is nobody's: it may have become somebody else's since.
  if (flow && k.flows.find(*flow) == nullptr) remember_flow(k, endpoint, ep, *flow);
}

}  // namespace sluice::dataplane
