#include "perf/turnover.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "perf/must.h"

namespace sluice::perf {
namespace {

constexpr TimeNs check_after_ns = ns_per_ms;
constexpr TimeNs check_again_ns = 50 * ns_per_ms;  // RFC 8445 s14.3: Ta
constexpr uint32_t unreclaimed_max = 4'096;
constexpr uint32_t join_batch = 16;
constexpr uint32_t first_ssrc = 0x4000'0000;

// A million addresses in turns: nobody keeps one for so long.
SocketAddress guest_address(std::size_t guest) {
  const auto i = static_cast<uint32_t>(guest % 1'000'000);
  SocketAddress a;
  a.ip.family = 4;
  a.ip.bytes = {60, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8),
                static_cast<uint8_t>(i)};
  a.port = static_cast<uint16_t>(10'000 + i % 50'000);
  return a;
}

template <class Record>
void drain(shm::Ring<Record>& ring) {
  while (ring.front() != nullptr) ring.pop();
}

}  // namespace

TurnoverCounts& TurnoverCounts::operator+=(const TurnoverCounts& o) {
  joins += o.joins;
  leaves += o.leaves;
  never_ready += o.never_ready;
  never_served += o.never_served;
  repeated_checks += o.repeated_checks;
  return *this;
}

TurnoverCounts TurnoverCounts::operator-(const TurnoverCounts& o) const {
  return {joins - o.joins, leaves - o.leaves, never_ready - o.never_ready,
          never_served - o.never_served, repeated_checks - o.repeated_checks};
}

void Turnover::add_to(shm::Capacities& capacities, const TurnoverSetup& setup) {
  const uint32_t slots = setup.guests + unreclaimed_max;
  capacities.endpoints += slots;
  capacities.streams += 2 * slots;
  capacities.subscriptions += slots;
}

Turnover::Turnover(Audience& audience, const TurnoverSetup& setup)
    : audience_(audience),
      rig_(audience.rig()),
      setup_(setup),
      period_ns_(static_cast<TimeNs>(1e9 / setup.per_second)),
      rings_(rig_.region().rings(0)) {
  for (uint32_t i = 0; i < setup.guests; ++i) {
    join();
    if (i % join_batch != join_batch - 1 && i + 1 != setup.guests) continue;
    rig_.advance(check_after_ns);
    audience_.settle(2);
    poll();
    audience_.settle(2);
  }
  counts_ = {};
}

void Turnover::start() {
  running_ = true;
  next_change_ = rig_.now();
}

TimeNs Turnover::next() const {
  TimeNs at = rig_.now() + ns_per_s;
  if (running_) at = std::min(at, next_change_);
  if (!checks_.empty()) at = std::min(at, checks_.front().at);
  return at;
}

void Turnover::poll() {
  for (; running_ && next_change_ <= rig_.now(); next_change_ += period_ns_) {
    leave();
    join();
  }
  send_checks();
  rig_.publisher().reclaim(true);
  drain_rings();
}

void Turnover::join() {
  const std::size_t number = guests_.size();
  rig::ClientRecord r;
  r.receives = 1;
  for (uint8_t c = 1; c < codec_count; ++c)
    r.send_payloads[c] = {Audience::sent_payload_type(static_cast<Codec>(c)), 0};
  Guest& g = guests_.emplace_back();
  g.client = rig_.add_client(r, guest_address(number), setup_.profile);
  shm::StreamRecord s;
  s.endpoint = g.client.endpoint;
  s.cname = shm::PaddedText<16>("guest");
  s.kind = MediaKind::video;
  s.id = s.ssrc = first_ssrc + static_cast<uint32_t>(2 * number);
  g.video = must(rig_.publisher().publish(s));
  audience_.check().expect(s.ssrc, g.video, g.client, 0);
  s.kind = MediaKind::audio;
  s.id = s.ssrc = first_ssrc + static_cast<uint32_t>(2 * number + 1);
  g.audio = must(rig_.publisher().publish(s));
  shm::SubscriptionRecord sub;
  sub.track = audience_.track(0);
  sub.stream = g.video;
  g.subscription = must(rig_.publisher().publish(sub));
  checks_.push_back({rig_.now() + check_after_ns, number, true});
  ++counts_.joins;
}

bool Turnover::ready(const Guest& g) const {
  const auto& state = rig_.region().endpoint(g.client.endpoint.slot).state;
  return state.generation.load() == g.client.endpoint.generation && state.keyed_epoch.load() != 0 &&
         (state.flags.load() & shm::endpoint_flag_connected) != 0;
}

void Turnover::leave() {
  const Guest& g = guests_[oldest_++];
  const auto& stream = rig_.region().stream(g.video.slot).state;
  counts_.never_ready += !ready(g);
  counts_.never_served += stream.packets.load() == 0;
  rig_.publisher().retire(shm::TableId::subscription, g.subscription);
  rig_.publisher().retire(shm::TableId::stream, g.video);
  rig_.publisher().retire(shm::TableId::stream, g.audio);
  rig_.publisher().retire(shm::TableId::endpoint, g.client.endpoint);
  ++counts_.leaves;
}

void Turnover::send_checks() {
  while (!checks_.empty() && checks_.front().at <= rig_.now()) {
    const Check c = checks_.front();
    checks_.pop_front();
    if (c.guest < oldest_ || (!c.first && ready(guests_[c.guest]))) continue;
    rig_.check(guests_[c.guest].client);
    counts_.repeated_checks += !c.first;
    const Check again{rig_.now() + check_again_ns, c.guest, false};
    checks_.insert(std::ranges::upper_bound(checks_, again.at, {}, &Check::at), again);
  }
}

// What the control plane would read: events, and what it would learn from punts.
void Turnover::drain_rings() {
  drain(rings_.events);
  for (auto& ring : rings_.punt) drain(ring);
}

}  // namespace sluice::perf
