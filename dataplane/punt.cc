// What only the control plane can handle goes up; what it wants sent goes out.
#include <rte_mbuf.h>

#include <cstring>

#include "common/wire/dtls.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr int inject_per_loop = 32;

void punt_handshake(Core& k, const Packet& p) {
  const uint32_t* slot = k.flows.find(p.flow);
  // DTLS from where no valid check came from is nobody's: a flood of strangers cannot keep people
  // from joining.
  if (slot == nullptr || p.length > shm::datagram_max || !wire::is_dtls({p.data, p.length})) {
    k.count(Counter::drop_dtls_stranger) += 1;
    return;
  }
  EndpointContext& ep = k.endpoints[*slot];
  const auto punt_class = ep.keyed ? shm::PuntClass::endpoint : shm::PuntClass::invited;
  if (!Budgets::take(k.budgets.of(ep.spending).handshake, endpoint_handshake_max) ||
      !k.budgets.take_punt(punt_class)) {
    k.count(Counter::drop_dtls_budget) += 1;
    return;
  }
  auto& ring = k.rings.punt[static_cast<std::size_t>(punt_class)];
  if (!write_punt(k, ring, punt_class, {*slot, ep.generation}, p)) {
    k.count(Counter::drop_punt_full) += 1;
    return;
  }
  k.count(ep.keyed ? Counter::punted_endpoint : Counter::punted_invited) += 1;
}

}  // namespace

bool write_punt(Core& k, shm::Ring<shm::Punt>& ring, shm::PuntClass punt_class,
                shm::SlotRef endpoint, const Packet& p) {
  shm::Punt* punt = ring.reserve();
  if (punt == nullptr) return false;
  punt->endpoint = endpoint;
  punt->remote = remote_of(p.flow);
  punt->local = {};
  punt->local.port = p.flow.local_port;
  punt->at = k.now;
  punt->length = p.length;
  punt->punt_class = punt_class;
  punt->worker = static_cast<uint8_t>(k.id);
  punt->port = p.flow.port;
  punt->local_address = p.flow.local_address;
  std::memcpy(punt->bytes.data(), p.data, p.length);
  ring.commit();
  k.wake_control = true;
  return true;
}

void punt_handshakes(Core& k, PacketBatch& batch) {
  for (const Packet& p : batch) {
    punt_handshake(k, p);
    rte_pktmbuf_free(p.mbuf);
  }
}

void send_injected(Core& k) {
  for (int i = 0; i < inject_per_loop; ++i) {
    const shm::Inject* front = k.rings.inject.front();
    if (front == nullptr) return;
    const shm::SlotRef ref = front->endpoint;
    const uint16_t length = front->length;
    const SocketAddress remote = front->remote;
    if (ref.slot >= k.endpoints.size() || length > shm::datagram_max ||
        k.endpoints[ref.slot].generation != ref.generation || ref.generation == 0) {
      k.count(Counter::inject_stale) += 1;
      k.rings.inject.pop();
      continue;
    }
    const EndpointContext& ep = k.endpoints[ref.slot];
    // Where the handshake came from, if that is a validated flow of the endpoint; else where it is
    // now.
    const Flow* to = ep.connected ? &k.selected(ep) : nullptr;
    for (uint32_t f = ep.flows; f != no_slot; f = k.flows[f].next) {
      if (remote_of(k.flows[f].flow) == remote && k.flows[f].endpoint == ref.slot)
        to = &k.flows[f].flow;
    }
    if (to == nullptr) {
      k.count(Counter::inject_stale) += 1;
    } else {
      k.count(Counter::inject_taken) += 1;
      k.tx.send_datagram(k.hops, *to, {front->bytes.data(), length}, k.now);
    }
    k.rings.inject.pop();
  }
}

}  // namespace sluice::dataplane
