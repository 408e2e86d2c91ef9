// STUN checks of known endpoints: a lite agent only answers (RFC 8445 s2.5, s7.3).
#include "common/wire/stun.h"

#include <rte_mbuf.h>

#include "common/proto/stun_integrity.h"
#include "common/shm/live_record.h"
#include "dataplane/flow_address.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr uint32_t move_refill_ms = 500;  // an endpoint may move this often, and thrice in a burst
constexpr uint8_t move_tokens_max = 3;    // all that its two bits take
// What comes over one pair is not overtaken by so much of what comes over another.
constexpr uint32_t overtaken_ms_max = 500;

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
  const uint32_t earned = (k.now_ms() - ep.move_refill_ms) / move_refill_ms;
  if (earned != 0) {
    const auto tokens = std::min<uint64_t>(move_tokens_max, uint64_t{ep.move_tokens} + earned);
    ep.move_tokens = tokens & move_tokens_max;
    ep.move_refill_ms = k.now_ms();
  }
  if (ep.move_tokens == 0) return false;
  --ep.move_tokens;
  return true;
}

void select(Core& k, uint32_t slot, EndpointContext& ep, const Flow& flow) {
  const bool first = !ep.connected;
  ep.connected = true;
  ep.feedback_ms = k.now_ms();
  shm::EndpointState& state = k.endpoint_state(slot);
  state.flags.store(shm::endpoint_flag_connected, std::memory_order_release);
  state.address.publish(address_of(flow));
  refresh_receivers(k, slot);
  if (!first) want_key_frames_after_move(k, slot);
  shm::Event e = k.event(!first               ? shm::EventKind::endpoint_moved
                         : ep.consent_at == 0 ? shm::EventKind::endpoint_connected
                                              : shm::EventKind::consent_regained,
                         {slot, ep.generation});
  e.address = remote_of(flow);
  k.tell(e);
}

// Another pair than the selected one; `entry` may be no_slot. False: not yet again.
bool move_to(Core& k, uint32_t slot, EndpointContext& ep, const Flow& flow, uint32_t entry) {
  if (ep.connected) {
    if (!may_move(k, ep)) {
      k.count(Counter::address_moves_limited) += 1;
      return false;
    }
    k.count(Counter::address_moves) += 1;
    bump(k.endpoint_state(slot).address_moves);
  }
  if (entry == no_slot) {
    // All have as many flows as there is room for: it can only have the place of the one before.
    k.flows.clear(ep.flows);
    entry = k.flows.add(ep.flows, slot, flow);
  }
  const uint32_t before = ep.flows;
  k.flows.move_to_front(ep.flows, entry);
  if (before != entry && k.flows[before].endpoint == no_slot) k.flows.remove(ep.flows, before);
  select(k, slot, ep, flow);
  return true;
}

// A verified check from `flow`: consent, and perhaps a new address.
void on_valid_check(Core& k, uint32_t slot, EndpointContext& ep, const Flow& flow, bool nominated) {
  const uint32_t entry = remember_flow(k, slot, ep, flow);
  const bool current = ep.connected && entry == ep.flows;
  if (!current) {
    // RFC 8445 s7.3.1.5: USE-CANDIDATE selects. Before anything is nominated the first valid pair
    // serves.
    if (ep.connected && !nominated) return;
    if (!move_to(k, slot, ep, flow, entry)) return;
  }
  ep.consent_at = k.now;
  k.endpoint_state(slot).consent_ns.store(k.now, std::memory_order_relaxed);
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
  shm::Text<40> password;
  const uint32_t slot =
      username ? find_by_ufrag(k, username->receiver_ufrag, &password) : uint32_t{no_slot};
  if (slot == no_slot) {
    punt_stranger(k, p);
    return;
  }
  EndpointContext& ep = k.endpoints[slot];
  const std::string_view pwd = password.view();
  const uint32_t* owner = k.flows.find(p.flow);
  const bool at_home = owner != nullptr && *owner == slot;
  EndpointSpending& spent = k.budgets.of(ep.spending);
  if (spent.tries >= endpoint_tries_max || !(at_home || k.budgets.may_verify(spent, p.flow))) {
    k.count(Counter::drop_stun_budget) += 1;
    return;
  }
  if (at_home) spent.tries += tries_of(p.length);
  if ((stun->has_fingerprint() && !stun->fingerprint_ok()) ||
      !proto::verify_integrity(*stun, pwd)) {
    if (!at_home) k.budgets.on_unverified(spent, p.flow);
    k.count(Counter::drop_stun_unauthenticated) += 1;
    return;
  }
  if (!at_home) spent.tries += tries_of(p.length);
  spent.tries += answer_tries;
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
    on_valid_check(k, slot, ep, p.flow, stun->use_candidate);
    length = write_success(buffer, *stun, p.flow, pwd);
  }
  k.tx.send_datagram(k.hops, p.flow, {buffer, length}, k.now);
}

}  // namespace

void follow_feedback(Core& k, uint32_t slot, EndpointContext& ep, const Flow& flow) {
  if (!ep.connected) return;
  if (k.selected(ep) != flow) {
    if (k.now_ms() - ep.feedback_ms < overtaken_ms_max) return;
    const uint32_t entry = k.flows.entry_of(flow);
    if (!move_to(k, slot, ep, flow, entry)) return;
  }
  ep.feedback_ms = k.now_ms();
}

uint32_t remember_flow(Core& k, uint32_t slot, EndpointContext& ep, const Flow& flow) {
  const uint32_t known = k.flows.entry_of(flow);
  if (known != no_slot) {
    if (k.flows[known].endpoint == slot) return known;
    // The 5-tuple was somebody else's (a NAT gave the port to another): it is now who proved to be
    // there.
    EndpointContext& other = k.endpoints[k.flows[known].endpoint];
    if (other.flows == known) {
      k.flows.disown(known);
    } else {
      k.flows.remove(other.flows, known);
    }
  }
  if (ep.flows != no_slot && k.flows[ep.flows].endpoint == no_slot &&
      k.flows[ep.flows].flow == flow) {
    k.flows.own(ep.flows, slot);
    return ep.flows;
  }
  uint8_t count = 0;
  uint32_t oldest = no_slot;
  for (uint32_t f = ep.flows; f != no_slot; f = k.flows[f].next) {
    if (f != ep.flows) oldest = f;
    ++count;
  }
  if (count == flows_per_endpoint) {
    k.flows.remove(ep.flows, oldest);
    oldest = no_slot;
  }
  const uint32_t entry = k.flows.add(ep.flows, slot, flow);
  if (entry != no_slot || oldest == no_slot) return entry;
  k.flows.remove(ep.flows, oldest);
  return k.flows.add(ep.flows, slot, flow);
}

uint32_t ufrag_hash(std::string_view ufrag) {
  uint64_t h = ufrag.size();
  for (const char c : ufrag) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  const auto hash = static_cast<uint32_t>(WordHash{}(h) >> 32);
  return hash == 0 ? 1 : hash;
}

uint32_t find_by_ufrag(Core& k, std::string_view ufrag, shm::Text<40>* password) {
  const auto is = [&](uint32_t number) {
    const uint32_t slot = number / 2;
    shm::EndpointRecord r;
    Generation generation;
    if (shm::read_live(k.region.endpoint(slot), r, generation) != shm::SlotRead::live ||
        generation.value() != k.endpoints[slot].generation) {
      return false;
    }
    const bool previous = number % 2 != 0;
    if ((previous ? r.previous_ufrag : r.ufrag).view() != ufrag) return false;
    if (password == nullptr) return true;
    const shm::EndpointKeyCell& keys = k.region.keys(slot);
    *password = keys.password(previous ? r.password ^ 1 : r.password);
    return keys.generation() == generation.value();
  };
  const uint32_t number = k.ufrags.find(WordHash{}(ufrag_hash(ufrag)), is);
  return number == no_slot ? no_slot : number / 2;
}

void answer_checks(Core& k, PacketBatch& batch) {
  for (const Packet& p : batch) {
    answer_check(k, p);
    rte_pktmbuf_free(p.mbuf);
  }
}

}  // namespace sluice::dataplane
