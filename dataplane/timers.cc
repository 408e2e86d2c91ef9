// What is due by time. Publishers are looked at every few ticks; all endpoints in turns, a share of
// the table every tick, so that no tick is long.
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr TimeNs tick_ns = 5 * ns_per_ms;
// All publishers and all endpoints are seen once in this time.
constexpr TimeNs publishers_scan_ns = 50 * ns_per_ms;
constexpr TimeNs endpoints_scan_ns = ns_per_s;
constexpr TimeNs feedback_interval_ns = 50 * ns_per_ms;
constexpr TimeNs report_interval_ns = ns_per_s;
constexpr uint32_t stranger_punts_per_tick = 1;

void expire_consent(Core& k, uint32_t slot, EndpointContext& ep) {
  if (!ep.connected || k.now - ep.consent_at <= consent_lifetime_ns) return;
  // RFC 7675 s5.1: without consent nothing more is sent.
  ep.connected = false;
  k.endpoint_state(slot).flags.store(0, std::memory_order_release);
  refresh_receivers(k, slot);
  k.tell(k.event(shm::EventKind::consent_lost, {slot, ep.generation}));
}

void serve_publisher(Core& k, uint32_t slot, EndpointContext& ep) {
  Publisher& p = k.publishers[ep.publisher];
  if (ep.transport_feedback && k.now >= p.feedback_due) {
    p.feedback_due = k.now + feedback_interval_ns;
    send_transport_feedback(k, slot);
  }
  if (k.now >= p.report_due) {
    // RFC 3550 s6.2: intervals vary, so that reports of many do not fall together.
    k.random_state = k.random_state * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    p.report_due = k.now + report_interval_ns / 2 +
                   static_cast<TimeNs>(k.random_state >> 40) % report_interval_ns;
    send_receiver_report(k, slot);
  }
  for (uint32_t t = p.tracks; t != no_slot; t = k.tracks[t].next) {
    if (k.tracks[t].key_frame_wanted) on_key_frame_wanted(k, t, k.tracks[t].generation);
  }
}

// How many of `total` a tick has to look at.
uint32_t share_of(std::size_t total, TimeNs scan_ns) {
  return static_cast<uint32_t>((static_cast<TimeNs>(total) * tick_ns + scan_ns - 1) / scan_ns);
}

void scan_publishers(Core& k) {
  for (uint32_t i = share_of(k.publishing.size(), publishers_scan_ns); i-- > 0;) {
    if (k.publisher_at >= k.publishing.size()) k.publisher_at = 0;
    const uint32_t slot = k.publishing[k.publisher_at++];
    EndpointContext& ep = k.endpoints[slot];
    if (ep.keyed && ep.connected) serve_publisher(k, slot, ep);
  }
}

void scan_endpoints(Core& k) {
  const auto total = static_cast<uint32_t>(k.endpoints.size());
  for (uint32_t i = share_of(total, endpoints_scan_ns); i-- > 0;) {
    const uint32_t slot = k.scan_at;
    k.scan_at = slot + 1 == total ? 0 : slot + 1;
    EndpointContext& ep = k.endpoints[slot];
    if (ep.generation == 0) continue;
    if (k.away != 0 && !k.node.homes->has(slot, k.id)) {
      follow(k, slot);
    } else {
      expire_consent(k, slot, ep);
    }
  }
}

std::size_t tell_opened(Core& k) {
  std::array<uint32_t, 64> slots;
  const std::size_t opened = k.fan_out.take_opened(slots);
  for (std::size_t i = 0; i < opened; ++i) {
    const SubscriptionContext& s = k.subscriptions[slots[i]];
    const Receiver* r = s.generation != 0 ? k.streams[s.stream].receiver : nullptr;
    // Ended, paused or switched to another source since.
    if (r == nullptr || r->subscription != slots[i] || (r->flags & receiver_open) == 0) continue;
    shm::SubscriptionState& state = k.region.subscription_state(slots[i]);
    state.phase.store(shm::SubscriptionPhase::open, std::memory_order_relaxed);
    state.switches.store(state.switches.load(std::memory_order_relaxed) + 1,
                         std::memory_order_relaxed);
    k.tell(k.event(shm::EventKind::subscription_open, {slots[i], s.generation}));
  }
  const std::size_t undecodable = k.fan_out.take_undecodable(slots);
  for (std::size_t i = 0; i < undecodable; ++i) {
    SubscriptionContext& s = k.subscriptions[slots[i]];
    const Receiver* r = s.generation != 0 ? k.streams[s.stream].receiver : nullptr;
    if (r == nullptr || s.undecodable_told != 0) continue;
    s.undecodable_told = 1;
    shm::Event e = k.event(shm::EventKind::subscription_undecodable, {slots[i], s.generation});
    e.detail = static_cast<uint8_t>(r->forward_class->codec);
    k.tell(e);
  }
  return opened + undecodable;
}

}  // namespace

std::size_t run_timers(Core& k) {
  std::array<uint32_t, 64> slots;
  const std::size_t wishes = k.fan_out.take_key_frame_wishes(slots);
  for (std::size_t i = 0; i < wishes; ++i)
    want_key_frame(k, slots[i], k.fan_out.track(slots[i]).generation);
  const std::size_t reports = k.fan_out.take_reports_due(slots);
  for (std::size_t i = 0; i < reports; ++i) send_sender_report(k, slots[i]);
  const std::size_t done = wishes + reports + tell_opened(k);
  if (k.now < k.timers_due) return done;
  k.timers_due = k.now + tick_ns;
  k.stranger_budget = stranger_punts_per_tick;
  scan_publishers(k);
  scan_endpoints(k);
  return done;
}

}  // namespace sluice::dataplane
