#include "tests/rig/call.h"

#include <algorithm>

#include "common/base/assert.h"
#include "common/wire/demux.h"
#include "common/wire/rtp.h"

namespace sluice::rig {
namespace {

constexpr uint8_t mid_id = 4;
constexpr TimeNs check_interval_ns = 3 * ns_per_s;
constexpr uint64_t first_out = 1'000;

RigSetup setup_of(uint32_t workers) {
  RigSetup s;
  s.capacities.workers = workers;
  s.capacities.endpoints = 32;
  s.capacities.tracks = 16;
  s.capacities.streams = 64;
  s.capacities.subscriptions = 64;
  s.capacities.news = 256;
  s.logs = {512, 512U << 10, 256, 64U << 10};
  s.ipv6 = true;
  return s;
}

}  // namespace

Call::Call(uint32_t workers)
    : rig_(setup_of(workers)),
      lanes_{{0xa110, 0x5000, 111, "0", 100, first_out},
             {0xa111, 0x5001, 96, "1", 60'000, first_out}} {
  const auto other = static_cast<uint8_t>(workers - 1);
  alice_ = add(true, false, 1, 0);
  bob_ = add(false, true, 2, other);
  mallory_ = add(true, true, 3, 0);
  subscribe(add_track(alice_, MediaKind::audio, lanes_[0].mid),
            add_stream(bob_, MediaKind::audio, lanes_[0].to_ssrc));
  subscribe(add_track(alice_, MediaKind::video, lanes_[1].mid),
            add_stream(bob_, MediaKind::video, lanes_[1].to_ssrc));
  subscribe(add_track(mallory_, MediaKind::video, "1"),
            add_stream(mallory_, MediaKind::video, mallory_stream));
  alice_sends_ = std::make_unique<SrtpPeer>(alice_.profile, alice_.to_node);
  bob_receives_ = std::make_unique<SrtpPeer>(bob_.profile, bob_.from_node);
  mallory_sends_ = std::make_unique<SrtpPeer>(mallory_.profile, mallory_.to_node);
  // The answer to the first check of all waits for the gateway's MAC.
  for (int i = 0; i < 3; ++i) {
    check_all();
    for (int n = 0; n < 4; ++n) {
      rig_.advance(ns_per_ms);
      rig_.step();
      rig_.receive();
    }
  }
  const std::string fault = beat();
  if (!fault.empty()) std::fprintf(stderr, "the call did not begin: %s\n", fault.c_str());
  SLUICE_ASSERT(fault.empty());
  buffers_out_ = rig_.buffers_out();
}

Client Call::add(bool sends, bool receives, uint8_t host, uint8_t home) {
  ClientRecord r;
  r.home_worker = home;
  r.sends = sends ? 1 : 0;
  r.receives = receives ? 1 : 0;
  r.recv_extensions.mid = mid_id;
  r.recv_extensions.transport_cc = 3;
  r.recv_payloads[0] = {96, Codec::vp8, 0, 0};
  r.recv_payloads[1] = {97, Codec::vp8, 96, 0};
  r.recv_payloads[2] = {111, Codec::opus, 0, 0};
  r.send_payloads[static_cast<std::size_t>(Codec::vp8)] = {100, 0};
  r.send_payloads[static_cast<std::size_t>(Codec::opus)] = {101, 0};
  SocketAddress a;
  a.ip = *parse_ip("192.168.0." + std::to_string(host));
  a.port = 5'000;
  return rig_.add_client(r, a, srtp::Profile::aead_aes_128_gcm);
}

shm::SlotRef Call::add_track(const Client& c, MediaKind kind, const char* mid) {
  shm::TrackRecord t;
  t.id = ++ids_;
  t.endpoint = c.endpoint;
  t.kind = kind;
  t.source = kind == MediaKind::audio ? shm::TrackSource::microphone : shm::TrackSource::camera;
  t.encoding_count = 1;
  t.csrc = 0xc0000000 + static_cast<uint32_t>(ids_);
  t.mid = shm::Text<16>(mid);
  const auto ref = rig_.publisher().publish(t);
  SLUICE_ASSERT(ref.ok());
  return *ref;
}

shm::SlotRef Call::add_stream(const Client& c, MediaKind kind, uint32_t ssrc) {
  shm::StreamRecord s;
  s.id = ++ids_;
  s.endpoint = c.endpoint;
  s.kind = kind;
  s.ssrc = ssrc;
  s.initial_seq = first_out;
  s.cname = shm::PaddedText<16>("pair");
  const auto ref = rig_.publisher().publish(s);
  SLUICE_ASSERT(ref.ok());
  return *ref;
}

void Call::subscribe(shm::SlotRef track, shm::SlotRef stream) {
  shm::SubscriptionRecord r;
  r.track = track;
  r.stream = stream;
  SLUICE_ASSERT(rig_.publisher().publish(r).ok());
}

void Call::check_all() {
  checked_at_ = rig_.now();
  for (const Client* c : {&alice_, &bob_, &mallory_}) rig_.check(*c);
}

void Call::next_packets() {
  last_.clear();
  ++frames_;
  for (Lane& lane : lanes_) {
    lane.payload = lane.payload_type == 96
                       ? vp8_payload(true, static_cast<uint16_t>(frames_), 700 + frames_ % 300)
                       : std::vector<uint8_t>(60 + frames_ % 40, static_cast<uint8_t>(frames_));
    last_.push_back(make_protected(*alice_sends_, {.ssrc = lane.from_ssrc,
                                                   .index = lane.next_in++,
                                                   .timestamp = frames_ * 960,
                                                   .payload_type = lane.payload_type,
                                                   .marker = true,
                                                   .mid_id = mid_id,
                                                   .mid = lane.mid,
                                                   .payload = lane.payload}));
  }
}

std::string Call::beat() {
  if (rig_.now() - checked_at_ >= check_interval_ns) check_all();
  next_packets();
  for (const auto& packet : last_) rig_.send(alice_, packet);
  std::vector<Datagram> sent;
  rig_.advance(ns_per_ms);
  // What arrived before may fill some loops, and a receiver on another worker needs one more.
  for (int i = 0; i < 64; ++i) {
    const uint64_t received_before = received();
    rig_.step();
    std::ranges::move(rig_.receive(), std::back_inserter(sent));
    if (i >= 3 && received() == received_before) break;
  }
  return take(sent);
}

std::string Call::take(const std::vector<Datagram>& datagrams) {
  uint64_t arrived[2] = {};
  for (const Datagram& d : datagrams) {
    if (!(d.to == bob_.address) || wire::demux(d.bytes) != wire::Protocol::srtp) continue;
    const auto rtp = wire::parse_rtp_header(d.bytes);
    if (!rtp) return "Bob got RTP that is none";
    for (std::size_t i = 0; i < 2; ++i) {
      if (rtp->ssrc().value() != lanes_[i].to_ssrc) continue;
      const auto plain = bob_receives_->unprotect(d.bytes, SrtpIndex(lanes_[i].next_out++));
      const auto whole = plain ? wire::parse_rtp(*plain) : std::nullopt;
      if (!whole || !std::ranges::equal(whole->payload(), lanes_[i].payload))
        return "Bob cannot read what he got of mid " + std::string(lanes_[i].mid);
      ++arrived[i];
    }
  }
  for (std::size_t i = 0; i < 2; ++i) {
    if (arrived[i] == 1) continue;
    return "of mid " + std::string(lanes_[i].mid) + " " + std::to_string(arrived[i]) +
           " packets arrived, not 1";
  }
  return {};
}

std::string Call::balance() {
  const shm::Counters counters = rig_.counters();
  if (const auto n = shm::received_imbalance(counters); n != 0)
    return "received: " + std::to_string(n) + " packets in no counter";
  if (const auto n = shm::visited_imbalance(counters); n != 0)
    return "visited: " + std::to_string(n) + " packets in no counter";
  // What the guest receives of herself may still be on its way.
  uint32_t out = rig_.buffers_out();
  for (int i = 0; i < 8 && out > buffers_out_; ++i) {
    rig_.step();
    rig_.drain();
    out = rig_.buffers_out();
  }
  if (out > buffers_out_) return std::to_string(out - buffers_out_) + " buffers are kept";
  return {};
}

}  // namespace sluice::rig
