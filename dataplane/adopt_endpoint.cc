#include "common/shm/live_record.h"
#include "common/shm/validate.h"
#include "dataplane/adopt.h"
#include "dataplane/flow_address.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

uint32_t template_for(Core& k, const shm::NegotiationRecord& r) {
  uint32_t unused = no_slot;
  for (uint32_t i = 0; i < k.templates.size(); ++i) {
    Template& t = k.templates[i];
    if (t.users == 0) {
      if (unused == no_slot) unused = i;
      continue;
    }
    if (std::memcmp(&t.extensions, &r.send_extensions, sizeof t.extensions) == 0 &&
        std::memcmp(t.payloads.data(), r.send_payloads.data(), sizeof t.payloads) == 0) {
      ++t.users;
      return i;
    }
  }
  if (unused != no_slot) k.templates[unused] = {r.send_extensions, r.send_payloads, 1};
  return unused;
}

void fill_publisher(Publisher& p, const shm::NegotiationRecord& r) {
  p.extensions = r.recv_extensions;
  p.payloads.fill({});
  for (const shm::RecvPayload& payload : r.recv_payloads) {
    if (payload.codec == Codec::none) continue;
    p.payloads[payload.payload_type & 0x7f] = {payload.codec, payload.rtx_of};
  }
}

// This worker's own state in the region: as new, or what an earlier data plane left of the same
// endpoint.
void take_over_state(Core& k, uint32_t slot, EndpointContext& ep) {
  shm::EndpointState& s = k.endpoint_state(slot);
  const bool restarted = shm::open_state(s, Generation(ep.generation));
  ep.srtcp_indices = shm::SrtcpIndices(s);
  if (!restarted) return;
  ep.consent_at = s.consent_ns.load(std::memory_order_relaxed);
  shm::RemoteAddress a;
  if (!s.address.read(a) || a.family == 0 || k.now - ep.consent_at > consent_lifetime_ns) return;
  const Flow f = flow_of(a);
  if (f.port >= k.node.ports.size() || k.flows.find(f) != nullptr) return;
  if (k.flows.add(ep.flows, slot, f) == no_slot) return;
  ep.connected = true;
}

void end_key(Core& k, KeyPool& pool, srtp::SessionKey*& key) {
  if (key == nullptr) return;
  k.engine->wipe(key);
  pool.give(key);
  key = nullptr;
}

void end_keys(Core& k, EndpointContext& ep) {
  end_key(k, k.send_keys, ep.send_key);
  if (ep.publisher != no_slot) end_key(k, k.recv_keys, k.publishers[ep.publisher].recv_key);
  srtp::Engine::wipe(ep.recv_rtcp);
}

// There is room for the keys of as many endpoints as the tables hold, and of as many publishers.
void take_keys(Core& k, uint32_t slot, EndpointContext& ep, const shm::EndpointKeys& keys) {
  if (keys.profile == srtp::Profile::none) return;
  const bool fresh = !ep.keyed || ep.key_epoch != keys.epoch;
  if (fresh) {
    end_keys(k, ep);
    ep.send_key = k.engine->expand(keys.profile, keys.send, k.send_keys.take());
    ep.recv_rtcp = k.engine->keep_rtcp(keys.profile, keys.recv);
  }
  if (ep.publisher != no_slot && k.publishers[ep.publisher].recv_key == nullptr) {
    k.publishers[ep.publisher].recv_key =
        k.engine->expand(keys.profile, keys.recv, k.recv_keys.take());
  }
  if (!fresh) return;
  ep.profile = keys.profile;
  ep.key_epoch = keys.epoch;
  ep.keyed = true;
  k.endpoint_state(slot).keyed_epoch.store(keys.epoch, std::memory_order_release);
  k.tell(k.event(shm::EventKind::endpoint_keyed, {slot, ep.generation}));
}

void forget_ufrags(Core& k, uint32_t slot, EndpointContext& ep) {
  for (uint32_t i = 0; i < ep.ufrag_hashes.size(); ++i) {
    if (ep.ufrag_hashes[i] != 0) k.ufrags.erase(2 * slot + i);
    ep.ufrag_hashes[i] = 0;
  }
}

void index_ufrags(Core& k, uint32_t slot, EndpointContext& ep, const shm::EndpointRecord& r) {
  forget_ufrags(k, slot, ep);
  const shm::Text<16>* const ufrags[] = {&r.ufrag, &r.previous_ufrag};
  for (uint32_t i = 0; i < ep.ufrag_hashes.size(); ++i) {
    if (ufrags[i]->empty()) continue;
    // Two endpoints with one fragment: the one that had it keeps it.
    if (find_by_ufrag(k, ufrags[i]->view(), nullptr) != no_slot) {
      k.count(Counter::records_refused) += 1;
      continue;
    }
    ep.ufrag_hashes[i] = ufrag_hash(ufrags[i]->view());
    k.ufrags.insert(2 * slot + i);
  }
}

// False: a pool is empty.
bool take_record(Core& k, uint32_t slot, EndpointContext& ep, const shm::EndpointRecord& r,
                 const shm::NegotiationRecord& n) {
  ep.rtcp_ssrc = r.rtcp_ssrc;
  ep.sends = r.sends != 0;
  ep.receives = r.receives != 0;
  ep.transport_feedback = r.transport_feedback != 0;
  if (ep.sends && ep.publisher == no_slot) {
    ep.publisher = k.publishers.take();
    if (ep.publisher == no_slot) return false;
    k.publishing.push_back(slot);
    k.publishers[ep.publisher].report_due = k.now + ns_per_s;
    k.publishers[ep.publisher].feedback_due = k.now;
  }
  if (ep.sends) fill_publisher(k.publishers[ep.publisher], n);
  if (ep.receives) {
    const uint32_t shape = template_for(k, n);
    if (shape == no_slot) return false;
    if (ep.shape != no_slot) --k.templates[ep.shape].users;
    ep.shape = shape;
  }
  return true;
}

// Everything but how its packets are told: 5-tuples and fragments.
void end_media(Core& k, uint32_t slot, EndpointContext& ep, void (*end_track)(Core&, uint32_t)) {
  while (ep.streams != no_slot) drop_stream(k, ep.streams);
  if (ep.publisher != no_slot) {
    const Publisher& publisher = k.publishers[ep.publisher];
    while (publisher.tracks != no_slot) end_track(k, publisher.tracks);
  }
  end_keys(k, ep);
  if (ep.publisher != no_slot) {
    std::erase(k.publishing, slot);
    k.publishers.give(ep.publisher);
  }
  if (ep.shape != no_slot) --k.templates[ep.shape].users;
}

void forget(Core& k, uint32_t slot, EndpointContext& ep) {
  k.flows.clear(ep.flows);
  forget_ufrags(k, slot, ep);
  ep = EndpointContext{};
}

// Another worker may have it now. What the client sends to this worker's UDP port is passed on, as
// long as the client has no other candidate.
void leave(Core& k, uint32_t slot, EndpointContext& ep) {
  end_media(k, slot, ep, leave_track);
  EndpointContext away;
  away.generation = ep.generation;
  away.flows = ep.flows;
  away.ufrag_hashes = ep.ufrag_hashes;
  ep = away;
  ++k.away;
  k.node.homes->leave(slot);
}

// One that left in the time of an earlier data plane, and whose client still sends here.
void stand_in(Core& k, uint32_t slot, EndpointContext& ep, const shm::EndpointRecord& r,
              Generation generation) {
  if (!flow_here(k, slot, generation)) return;
  ep = EndpointContext{};
  ep.generation = generation.value();
  index_ufrags(k, slot, ep, r);
  ++k.away;
  follow(k, slot);
}

void end_away(Core& k, uint32_t slot, EndpointContext& ep) {
  --k.away;
  forget(k, slot, ep);
}

// Of an endpoint that has left: once ICE restarts have replaced every fragment that it had here,
// and the client has another pair than the one it had here, nothing comes here any more.
void look_at_fragments(Core& k, uint32_t slot, EndpointContext& ep, const shm::EndpointRecord& r) {
  const auto before = ep.ufrag_hashes;
  forget_ufrags(k, slot, ep);
  const shm::Text<16>* const ufrags[] = {&r.ufrag, &r.previous_ufrag};
  for (uint32_t i = 0; i < ep.ufrag_hashes.size(); ++i) {
    const uint32_t hash = ufrags[i]->empty() ? 0 : ufrag_hash(ufrags[i]->view());
    if (hash == 0 || (hash != before[0] && hash != before[1])) continue;
    ep.ufrag_hashes[i] = hash;
    k.ufrags.insert(2 * slot + i);
  }
  follow(k, slot);
}

}  // namespace

Look look_at_endpoint(Core& k, uint32_t slot) {
  shm::Endpoint& row = k.region.endpoint(slot);
  EndpointContext& ep = k.endpoints[slot];
  shm::EndpointRecord r;
  Generation generation;
  const shm::SlotRead read = shm::read_live(row, r, generation);
  if (read == shm::SlotRead::busy) return Look::again;
  if (ep.generation != 0 &&
      (read == shm::SlotRead::not_live || ep.generation != generation.value())) {
    drop_endpoint(k, slot);
  }
  if (read == shm::SlotRead::not_live) return Look::done;
  shm::EndpointKeys keys;
  if (!k.region.keys(slot).read(keys, r.password)) return Look::again;
  if (!shm::validate(r, k.region.capacities()).empty() || !shm::validate(keys).empty()) {
    k.count(Counter::records_refused) += 1;
    return Look::done;
  }
  if (r.home_worker != k.id) {
    if (ep.generation == 0) {
      stand_in(k, slot, ep, r, generation);
      return Look::done;
    }
    if (k.node.homes->has(slot, k.id)) leave(k, slot, ep);
    look_at_fragments(k, slot, ep, r);
    return Look::done;
  }
  // Keys and record name each other; one of them is about to change.
  if (keys.generation != generation.value() || keys.epoch != r.key_epoch ||
      keys.profile != r.srtp_profile) {
    return Look::again;
  }
  shm::NegotiationRecord n;
  Generation negotiated;
  if (shm::read_live(k.region.negotiation(r.negotiation.slot), n, negotiated) !=
          shm::SlotRead::live ||
      negotiated.value() != r.negotiation.generation) {
    return Look::again;
  }
  if (!shm::validate(n).empty()) {
    k.count(Counter::records_refused) += 1;
    return Look::done;
  }
  const bool back = ep.generation != 0 && !k.node.homes->has(slot, k.id);
  const bool fresh = ep.generation == 0 || back;
  if (fresh) {
    if (!k.node.homes->take(slot, k.id)) return Look::again;
    if (back) end_away(k, slot, ep);
    ep = EndpointContext{};
    ep.generation = generation.value();
    ep.move_tokens = 1;
    ep.move_refill_ms = ep.feedback_ms = k.now_ms();
    take_over_state(k, slot, ep);
  }
  if (!take_record(k, slot, ep, r, n)) {
    k.count(Counter::records_refused) += 1;
    if (fresh) drop_endpoint(k, slot);
    return Look::done;
  }
  index_ufrags(k, slot, ep, r);
  take_keys(k, slot, ep, keys);
  // Receivers may want another header shape now.
  for (uint32_t s = ep.streams; s != no_slot; s = k.streams[s].next) {
    const uint32_t subscription = k.streams[s].subscription;
    if (subscription != no_slot) look_at_subscription(k, subscription);
  }
  refresh_receivers(k, slot);
  return Look::done;
}

void drop_endpoint(Core& k, uint32_t slot) {
  EndpointContext& ep = k.endpoints[slot];
  if (!k.node.homes->has(slot, k.id)) return end_away(k, slot, ep);
  end_media(k, slot, ep, drop_track);
  forget(k, slot, ep);
  k.node.homes->leave(slot);
}

}  // namespace sluice::dataplane
