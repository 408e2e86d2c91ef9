#include "tests/unit/dataplane/crowd.h"

#include "common/base/assert.h"

namespace sluice {
namespace {

constexpr uint32_t source_ssrc = 0xaaaa;
constexpr auto profile = srtp::Profile::aead_aes_128_gcm;

SocketAddress address(uint32_t i) {
  SocketAddress a;
  a.ip = *parse_ip("192.168.0.1");
  a.port = static_cast<uint16_t>(5'000 + i);
  return a;
}

shm::SlotRef must(const Result<shm::SlotRef>& r) {
  if (!r) std::fprintf(stderr, "%s\n", r.error().message.c_str());
  SLUICE_ASSERT(r.ok());
  return *r;
}

}  // namespace

rig::RigSetup Crowd::setup(uint32_t receivers, uint32_t news_capacity) {
  rig::RigSetup s;
  s.capacities.endpoints = receivers + 8;
  s.capacities.streams = receivers + 8;
  s.capacities.subscriptions = 4 * receivers;
  s.capacities.tracks = 4;
  s.capacities.news = news_capacity;
  s.logs = {256, 512U << 10, 64, 16U << 10};
  return s;
}

Crowd::Crowd(uint32_t receivers, uint32_t news_capacity) : rig_(setup(receivers, news_capacity)) {
  rig::ClientRecord p;
  p.sends = 1;
  p.recv_payloads[0] = {96, Codec::vp8, 0, 0};
  publisher_ = rig_.add_client(p, address(0), profile);
  sender_ = std::make_unique<rig::SrtpPeer>(profile, publisher_.to_node);
  shm::TrackRecord t;
  t.id = 1;
  t.endpoint = publisher_.endpoint;
  t.kind = MediaKind::video;
  t.source = shm::TrackSource::camera;
  t.encoding_count = 1;
  t.encodings[0].ssrc = source_ssrc;
  track_ = must(rig_.publisher().publish(t));
  // The answer to the first check of all waits for the gateway's MAC.
  settle(4);
  rig_.check(publisher_);
  settle(4);
  for (uint32_t i = 0; i < receivers; ++i) join(i);
  settle(8);
  feed(1, true);
  settle(8);
}

void Crowd::join(uint32_t receiver) {
  rig::ClientRecord r;
  r.receives = 1;
  r.send_payloads[static_cast<std::size_t>(Codec::vp8)] = {100, 0};
  const rig::Client c = rig_.add_client(r, address(receiver + 1), profile);
  shm::StreamRecord s;
  s.id = s.ssrc = 0x1000 + receiver;
  s.endpoint = c.endpoint;
  s.kind = MediaKind::video;
  s.cname = shm::PaddedText<16>("crowd");
  streams_.push_back(must(rig_.publisher().publish(s)));
  subscriptions_.push_back({});
  subscribe(receiver);
  settle(2);
  rig_.check(c);
  settle(1);
}

void Crowd::subscribe(uint32_t receiver) {
  shm::SubscriptionRecord r;
  r.track = track_;
  r.stream = streams_[receiver];
  subscriptions_[receiver] = must(rig_.publisher().publish(r));
}

void Crowd::unsubscribe(uint32_t receiver) {
  rig_.publisher().retire(shm::TableId::subscription, subscriptions_[receiver]);
  subscriptions_[receiver] = {};
}

void Crowd::feed(uint32_t packets, bool key_frame) {
  for (uint32_t i = 0; i < packets; ++i, ++next_index_) {
    const rig::PacketSpec spec{
        .ssrc = source_ssrc,
        .index = next_index_,
        .timestamp = static_cast<uint32_t>(next_index_ * 3'000),
        .marker = true,
        .payload = rig::vp8_payload(key_frame && i == 0, static_cast<uint16_t>(next_index_), 100)};
    rig_.send(publisher_, rig::make_protected(*sender_, spec));
  }
}

bool Crowd::step() {
  rig_.advance(100 * ns_per_us);
  rig_.step();
  rig_.drain();
  rig_.publisher().reclaim(true);
  return !rig_.core().fan_out.idle();
}

void Crowd::settle(int loops) {
  for (int i = 0; i < loops; ++i) step();
}

uint64_t Crowd::sent(uint32_t receiver) {
  return rig_.region().stream(streams_[receiver].slot).state.packets.load();
}

}  // namespace sluice
