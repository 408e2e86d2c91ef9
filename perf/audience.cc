#include "perf/audience.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "dataplane/fan_out.h"
#include "perf/core_pin.h"
#include "perf/must.h"

namespace sluice::perf {
namespace {

constexpr TimeNs consent_period_ns = 10 * ns_per_s;
constexpr uint32_t join_batch = 16;

SocketAddress publisher_address(uint8_t number) {
  SocketAddress a;
  a.ip.family = 4;
  a.ip.bytes = {192, 168, number, 1};
  a.port = 5'000;
  return a;
}

SocketAddress receiver_address(uint8_t number, uint32_t i) {
  SocketAddress a;
  a.ip.family = 4;
  a.ip.bytes = {static_cast<uint8_t>(20 + number), static_cast<uint8_t>(i >> 16),
                static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)};
  a.port = static_cast<uint16_t>(10'000 + i % 50'000);
  return a;
}

}  // namespace

rig::RigSetup Audience::rig_setup(const AudienceSetup& setup) {
  const auto tracks = static_cast<uint32_t>(setup.tracks.size());
  rig::RigSetup s;
  s.capacities.endpoints = setup.receivers + 8;
  s.capacities.streams = setup.receivers * tracks + 8;
  s.capacities.subscriptions = setup.receivers * tracks + 8;
  s.capacities.tracks = tracks + 3;
  s.mbufs = buffers;
  s.ring_size = 16'384;
  s.hugepages = true;
  s.memory_mib = 256;
  s.slices_per_s = dataplane::fan_out_slices_per_s;
  return s;
}

Audience::Audience(rig::NodeRig& rig, const AudienceSetup& setup)
    : rig_(rig), setup_(setup), check_(rig.region(), setup.sample_every) {
  publish_tracks();
  join_receivers();
  checked_at_ = rig_.now();
}

Audience::~Audience() {
  while (next_prepared_ < prepared_.size()) rte_pktmbuf_free(prepared_[next_prepared_++]);
}

uint32_t Audience::source_ssrc(uint32_t track, uint8_t encoding) const {
  return 0x7000'0000U + setup_.number * 0x10000U + track * 8U + encoding;
}
uint32_t Audience::stream_ssrc(uint32_t receiver, uint32_t track) const {
  const auto tracks = static_cast<uint32_t>(setup_.tracks.size());
  return setup_.number * 0x100'0000U + 0x10000U + receiver * tracks + track;
}
shm::SlotRef Audience::stream(uint32_t receiver, uint32_t track) const {
  return streams_[receiver * setup_.tracks.size() + track];
}

void Audience::publish_tracks() {
  rig::ClientRecord p = setup_.publisher;
  p.sends = 1;
  p.home_worker = setup_.publisher_home;
  std::size_t payloads = 0;
  for (uint8_t c = 1; c < codec_count; ++c) {
    const auto codec = static_cast<Codec>(c);
    p.recv_payloads[payloads++] = {source_payload_type(codec), codec, 0, 0};
  }
  publisher_ = rig_.add_client(p, publisher_address(setup_.number), setup_.profile);
  sender_ = std::make_unique<rig::SrtpPeer>(setup_.profile, publisher_.to_node);
  for (uint32_t i = 0; i < setup_.tracks.size(); ++i) {
    const AudienceTrack& s = setup_.tracks[i];
    shm::TrackRecord t;
    t.id = setup_.number * 256 + i + 1;
    t.endpoint = publisher_.endpoint;
    t.kind = kind_of(s.codec);
    t.source = t.kind == MediaKind::audio ? shm::TrackSource::microphone : shm::TrackSource::camera;
    t.encoding_count = s.encodings;
    t.csrc = 0xc500'0000U + setup_.number * 256U + i;
    t.mid = shm::Text<16>(std::to_string(i));
    for (uint8_t e = 0; e < s.encodings; ++e) {
      t.encodings[e].ssrc = source_ssrc(i, e);
      if (s.encodings > 1) t.encodings[e].rid = shm::Text<16>("r" + std::to_string(e));
    }
    tracks_.push_back(
        {must(rig_.publisher().publish(t)), s, std::vector<uint64_t>(s.encodings, 1), 0});
  }
  // The answer to the first check of all waits for the gateway's MAC.
  settle(8);
  rig_.check(publisher_);
  settle(8);
}

void Audience::join_receivers() {
  const uint32_t n = setup_.receivers;
  receivers_.reserve(n);
  streams_.reserve(n * setup_.tracks.size());
  for (uint32_t i = 0; i < n; ++i) {
    join_receiver(i);
    if (i % join_batch == join_batch - 1 || i + 1 == n) {
      settle(2);
      check_in(i - i % join_batch, i + 1);
      settle(1);
    }
  }
  std::vector<uint32_t> order(n);
  for (uint32_t i = 0; i < n; ++i) order[i] = i;
  if (setup_.shuffled) std::ranges::shuffle(order, std::mt19937(setup_.number));
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t t = 0; t < tracks_.size(); ++t) {
      shm::SubscriptionRecord sub;
      sub.track = tracks_[t].ref;
      sub.stream = stream(order[i], t);
      must(rig_.publisher().publish(sub));
    }
    if (i % join_batch == 0) settle(1);
  }
  settle(64);
}

void Audience::join_receiver(uint32_t i) {
  rig::ClientRecord r = setup_.receiver;
  r.receives = 1;
  r.home_worker = setup_.receiver_homes[i % setup_.receiver_homes.size()];
  for (uint8_t c = 1; c < codec_count; ++c)
    r.send_payloads[c] = {sent_payload_type(static_cast<Codec>(c)), 0};
  receivers_.push_back(rig_.add_client(r, receiver_address(setup_.number, i), setup_.profile));
  for (uint32_t t = 0; t < tracks_.size(); ++t) {
    shm::StreamRecord s;
    s.id = stream_ssrc(i, t);
    s.endpoint = receivers_[i].endpoint;
    s.kind = kind_of(tracks_[t].setup.codec);
    s.ssrc = stream_ssrc(i, t);
    s.initial_seq = initial_seq(i);
    s.cname = shm::PaddedText<16>("bench");
    streams_.push_back(must(rig_.publisher().publish(s)));
    check_.expect(s.ssrc, streams_.back(), receivers_[i], t);
  }
}

void Audience::check_in(uint32_t first, uint32_t end) {
  for (uint32_t i = first; i < end; ++i) rig_.check(receivers_[i]);
}

rte_mbuf* Audience::make_packet(uint32_t track, rig::PacketSpec spec, uint8_t encoding) {
  Track& t = tracks_[track];
  spec.ssrc = source_ssrc(track, encoding);
  spec.index = t.index[encoding]++;
  spec.payload_type = source_payload_type(t.setup.codec);
  check_.remember(track, t.setup.codec, spec.payload);
  return rig_.make_frame(publisher_, rig::make_protected(*sender_, spec));
}

void Audience::send(uint32_t track, rig::PacketSpec spec, uint8_t encoding) {
  rig_.push(publisher_, make_packet(track, std::move(spec), encoding));
}

void Audience::feed(uint32_t track, uint32_t packets, uint32_t size, bool key_frame) {
  prepare(track, packets, size, key_frame);
  push_prepared(packets * tracks_[track].setup.encodings);
}

void Audience::prepare(uint32_t track, uint32_t packets, uint32_t size, bool key_frame) {
  Track& t = tracks_[track];
  const std::size_t payload = size - rtp_head - srtp::rtp_overhead(setup_.profile);
  for (uint32_t i = 0; i < packets; ++i) {
    t.timestamp += t.setup.codec == Codec::opus ? 960 : 3'000;
    const auto number = static_cast<uint16_t>(t.index[0]);
    for (uint8_t e = 0; e < t.setup.encodings; ++e) {
      auto bytes = rig::media_payload(t.setup.codec, key_frame && i == 0, number, payload);
      prepared_.push_back(make_packet(
          track, {.timestamp = t.timestamp, .marker = true, .payload = std::move(bytes)}, e));
    }
  }
}

void Audience::push_prepared(uint32_t packets) {
  const std::size_t end = std::min(prepared_.size(), next_prepared_ + packets);
  while (next_prepared_ < end) rig_.push(publisher_, prepared_[next_prepared_++]);
  if (next_prepared_ < prepared_.size()) return;
  prepared_.clear();
  next_prepared_ = 0;
}

void Audience::open() {
  for (uint32_t t = 0; t < tracks_.size(); ++t) {
    feed(t, 1, 200, true);
    serve();
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < receivers_.size(); ++i)
      waiting += rig_.region().stream(stream(i, t).slot).state.packets.load() == 0;
    if (waiting == 0) continue;
    std::fprintf(stderr, "audience: %u of %zu receivers did not get the first packet of track %u\n",
                 waiting, receivers_.size(), t);
    std::exit(1);
  }
}

uint64_t Audience::sent() const {
  uint64_t n = 0;
  for (uint32_t w = 0; w < rig_.workers(); ++w) n += rig_.counters(w)[shm::Counter::sent_media];
  return n;
}

uint64_t Audience::serve() {
  uint64_t cycles = 0;
  bool busy = true;
  while (busy) {
    rig_.advance(50 * ns_per_us);
    const uint64_t sent_before = sent();
    const int64_t interrupted = interruptions();
    const uint64_t begin = rte_rdtsc();
    rig_.step();
    const uint64_t took = rte_rdtsc() - begin;
    if (interruptions() == interrupted) {
      served_.cycles += took;
      served_.packets += sent() - sent_before;
    }
    cycles += took;
    busy = false;
    for (uint32_t w = 0; w < rig_.workers(); ++w) busy |= !rig_.core(w).fan_out.idle();
    collect();
  }
  return cycles;
}

void Audience::collect(const std::function<void(const rte_mbuf*)>& on_frame) {
  void* batch[64];
  for (uint32_t w = 0; w < rig_.workers(); ++w) {
    rte_ring* ring = rig_.output(w);
    while (rte_ring_count(ring) > held_back) {
      const unsigned n = rte_ring_dequeue_burst(ring, batch, 64, nullptr);
      for (unsigned i = 0; i < n; ++i) {
        const auto* m = static_cast<const rte_mbuf*>(batch[i]);
        check_.look(m);
        if (on_frame) on_frame(m);
      }
      rte_pktmbuf_free_bulk(reinterpret_cast<rte_mbuf**>(batch), n);
    }
  }
}

void Audience::keep_consent() {
  if (rig_.now() - checked_at_ < consent_period_ns) return;
  checked_at_ = rig_.now();
  rig_.check(publisher_);
  const auto n = static_cast<uint32_t>(receivers_.size());
  for (uint32_t i = 0; i < n; i += 256) {
    check_in(i, std::min(n, i + 256));
    settle(6);
  }
}

void Audience::push_checks(uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    if (next_check_ == 0) rig_.check(publisher_);
    rig_.check(receivers_[next_check_]);
    next_check_ = (next_check_ + 1) % static_cast<uint32_t>(receivers_.size());
  }
}

void Audience::settle(int loops) {
  for (int i = 0; i < loops; ++i) {
    rig_.advance(20 * ns_per_us);
    rig_.step();
    rig_.drain();
  }
}

uint64_t Audience::dropped() const {
  const shm::Counters c = rig_.counters();
  return c.sum(shm::CounterGroup::egress_drop) + c.sum(shm::CounterGroup::ingress_drop);
}

}  // namespace sluice::perf
