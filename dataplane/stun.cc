// STUN checks of known endpoints: a lite agent only answers (RFC 8445 s2.5, s7.3).
#include "common/wire/stun.h"

#include <rte_mbuf.h>

#include "common/proto/stun_integrity.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr TimeNs move_refill_ns =
    500 * ns_per_ms;  // an endpoint may move this often, and thrice in a burst
constexpr uint8_t move_tokens_max = 3;

std::size_t write_success(wire::ByteSpan out, const wire::StunView& request, const Flow& flow,
                          std::string_view pwd) {
  wire::StunWriter w(out, wire::StunType::binding_success, request.transaction_id());
  w.add_xor_mapped_address(remote_of(flow));
  return proto::finish_with_integrity(w, pwd);
}

std::size_t write_error(wire::ByteSpan out, const wire::StunView& request, std::string_view pwd,
                        uint16_t code, std::string_view reason) {
  wire::StunWriter w(out, wire::StunType::binding_error, request.transaction_id());
  w.add_error_code(code, reason);
  if (code == 420) w.add_unknown_attributes({request.unknown.data(), request.unknown_count});
  return proto::finish_with_integrity(w, pwd);
}

bool may_move(Core& k, EndpointContext& ep) {
  const auto earned = static_cast<uint64_t>((k.now - ep.move_refill_at) / move_refill_ns);
  if (earned != 0) {
    ep.move_tokens =
        static_cast<uint8_t>(std::min<uint64_t>(move_tokens_max, ep.move_tokens + earned));
    ep.move_refill_at = k.now;
  }
  if (ep.move_tokens == 0) return false;
  --ep.move_tokens;
  return true;
}

// Remembers a 5-tuple from which a valid check came; the oldest one that is not in use makes room.
void remember_flow(Core& k, uint32_t slot, EndpointContext& ep, const Flow& flow) {
  for (uint8_t i = 0; i < ep.flow_count; ++i) {
    if (ep.flows[i] == flow) return;
  }
  if (const uint32_t* other = k.flows.find(flow)) {
    // The 5-tuple was somebody else's (a NAT gave the port to another): it is now who proved to be
    // there.
    EndpointContext& old = k.endpoints[*other];
    for (uint8_t i = 0; i < old.flow_count; ++i) {
      if (old.flows[i] == flow) {
        old.flows[i] = old.flows[--old.flow_count];
        break;
      }
    }
    k.flows.erase(flow);
  }
  if (ep.flow_count == flows_per_endpoint) {
    const uint8_t victim = ep.flows[0] == ep.selected ? 1 : 0;
    k.flows.erase(ep.flows[victim]);
    for (uint8_t i = victim; i + 1 < ep.flow_count; ++i) ep.flows[i] = ep.flows[i + 1];
    --ep.flow_count;
  }
  if (k.flows.insert(flow, slot)) ep.flows[ep.flow_count++] = flow;
}

void select(Core& k, uint32_t slot, EndpointContext& ep, const Flow& flow, bool nominated) {
  const bool first = !ep.connected;
  const bool moves = !(ep.selected == flow);
  ep.nominated = ep.nominated || nominated;
  ep.selected = flow;
  ep.connected = true;
  ep.state->flags.store(shm::endpoint_flag_connected, std::memory_order_release);
  if (moves) {
    shm::RemoteAddress address;
    address.remote = remote_of(flow);
    address.local.port = flow.local_port;
    address.local.ip.family = flow.family;
    address.local.reserved = static_cast<uint16_t>(flow.port << 8 | flow.local_address);
    ep.state->address.publish(address);
  }
  refresh_receivers(k, slot);
  shm::Event e = k.event(!first               ? shm::EventKind::endpoint_moved
                         : ep.consent_at == 0 ? shm::EventKind::endpoint_connected
                                              : shm::EventKind::consent_regained,
                         {slot, ep.generation});
  e.address = remote_of(flow);
  k.tell(e);
}

// A verified check from `flow`: consent, and perhaps a new address.
void on_valid_check(Core& k, uint32_t slot, EndpointContext& ep, const Flow& flow, bool nominated) {
  remember_flow(k, slot, ep, flow);
  bump(ep.state->checks);
  const bool current = ep.connected && ep.selected == flow;
  if (!current) {
    // RFC 8445 s7.3.1.5: USE-CANDIDATE selects. Before anything is nominated the first valid pair
    // serves.
    const bool take = !ep.connected || nominated;
    if (take && ep.connected) {
      if (!may_move(k, ep)) {
        k.count(Counter::address_moves_limited) += 1;
        return;
      }
      k.count(Counter::address_moves) += 1;
      bump(ep.state->address_moves);
    }
    if (!take) return;
    select(k, slot, ep, flow, nominated);
  }
  if (nominated) ep.nominated = true;
  ep.consent_at = k.now;
  ep.state->consent_ns.store(k.now, std::memory_order_relaxed);
}

void punt_stranger(Core& k, const Packet& p) {
  shm::Ring<shm::Punt>& ring = k.rings.punt[static_cast<std::size_t>(shm::PuntClass::stranger)];
  if (k.stranger_budget == 0 || p.length > shm::datagram_max) {
    k.count(Counter::drop_stun_stranger) += 1;
    return;
  }
  --k.stranger_budget;
  if (!write_punt(k, ring, shm::PuntClass::stranger, {}, p)) {
    k.count(Counter::drop_punt_full) += 1;
    return;
  }
  k.count(Counter::punted_stranger) += 1;
}

void answer_check(Core& k, const Packet& p) {
  const auto stun = wire::parse_stun({p.data, p.length});
  if (!stun) {
    k.count(Counter::drop_malformed_stun) += 1;
    return;
  }
  if (stun->type() == wire::StunType::binding_indication) {
    // RFC 8445 s11: a keepalive; needs no answer.
    k.count(Counter::stun_answered) += 1;
    return;
  }
  if (stun->type() != wire::StunType::binding_request) {
    k.count(Counter::drop_stun_unexpected) += 1;
    return;
  }
  const auto username = wire::parse_ice_username(stun->username());
  const uint32_t* slot = nullptr;
  if (username && username->receiver_ufrag.size() <= shm::Text<16>::max_length) {
    slot = k.ufrags.find(shm::Text<16>(username->receiver_ufrag));
  }
  if (slot == nullptr) {
    punt_stranger(k, p);
    return;
  }
  EndpointContext& ep = k.endpoints[*slot];
  const bool current = ep.ufrag.view() == username->receiver_ufrag;
  const std::string_view pwd = current ? ep.pwd.view() : ep.previous_pwd.view();
  if ((stun->has_fingerprint() && !stun->fingerprint_ok()) ||
      !proto::verify_integrity(*stun, pwd)) {
    k.count(Counter::drop_stun_unauthenticated) += 1;
    return;
  }
  k.count(Counter::stun_answered) += 1;
  uint8_t buffer[256];
  std::size_t length;
  if (stun->unknown_count != 0) {
    length = write_error(buffer, *stun, pwd, 420, "Unknown Attribute");
  } else if (stun->ice_controlled()) {
    // RFC 8445 s7.3.1.1: a lite agent is always controlled; the peer must take the controlling
    // role.
    length = write_error(buffer, *stun, pwd, 487, "Role Conflict");
  } else {
    on_valid_check(k, *slot, ep, p.flow, stun->use_candidate);
    length = write_success(buffer, *stun, p.flow, pwd);
  }
  k.tx.send_datagram(k.hops, p.flow, {buffer, length}, k.now);
}

}  // namespace

void answer_checks(Core& k, PacketBatch& batch) {
  for (const Packet& p : batch) {
    answer_check(k, p);
    rte_pktmbuf_free(p.mbuf);
  }
}

}  // namespace sluice::dataplane
