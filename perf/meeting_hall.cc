#include "perf/meeting_hall.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "common/base/assert.h"
#include "common/srtp/rollover.h"
#include "common/wire/rtp.h"
#include "common/wire/vp8.h"
#include "perf/must.h"

namespace sluice::perf {
namespace {

constexpr uint8_t video_type = 96, audio_type = 111;
constexpr uint32_t tag_at = 16;  // behind the VP8 descriptor and frame header: what packet this is

SocketAddress address(uint8_t net, uint32_t i) {
  SocketAddress a;
  a.ip.family = 4;
  a.ip.bytes = {net, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8),
                static_cast<uint8_t>(i)};
  a.port = static_cast<uint16_t>(10'000 + i % 50'000);
  return a;
}

}  // namespace

void MeetingHall::add_capacities(const HallSetup& setup, shm::Capacities& c) {
  const uint32_t persons = setup.meetings * setup.people;
  const uint32_t received = persons * (setup.people - 1) * 2;
  c.endpoints += persons * 2;
  c.tracks += persons * 2;
  c.streams += received;
  c.subscriptions += received;
}

MeetingHall::MeetingHall(rig::NodeRig& rig, const HallSetup& setup)
    : rig_(rig), setup_(setup), persons_(persons()) {
  auto engine = srtp::Engine::create(srtp::EngineKind::multi_buffer);
  SLUICE_ASSERT(engine.ok());
  engine_ = std::move(*engine);
  key_memory_.resize((persons_.size() + 1) * engine_->key_size());
  const std::size_t align = (64 - reinterpret_cast<uintptr_t>(key_memory_.data()) % 64) % 64;
  constexpr uint32_t batch = 8;
  for (uint32_t i = 0; i < persons(); ++i) {
    join_publisher(i);
    join_receiver(i);
    persons_[i].key = engine_->expand(setup_.profile, persons_[i].publishes.to_node,
                                      key_memory_.data() + align + i * engine_->key_size());
    if (i % batch != batch - 1 && i + 1 != persons()) continue;
    settle(2);
    for (uint32_t j = i - i % batch; j <= i; ++j) {
      rig_.check(persons_[j].publishes);
      rig_.check(persons_[j].receives);
    }
    settle(2);
  }
  for (uint32_t i = 0; i < persons(); ++i) subscribe(i);
  settle(64);
}

void MeetingHall::settle(int loops) {
  for (int i = 0; i < loops; ++i) {
    rig_.advance(20 * ns_per_us);
    rig_.step();
    rig_.drain();
  }
}

uint32_t MeetingHall::source_ssrc(uint32_t person, uint32_t flow) const {
  return 0x2000'0000 + person * (encodings + 1) + flow;
}

void MeetingHall::join_publisher(uint32_t i) {
  rig::ClientRecord p;
  p.sends = 1;
  p.recv_payloads[0] = {video_type, Codec::vp8, 0, 0};
  p.recv_payloads[1] = {audio_type, Codec::opus, 0, 0};
  Person& person = persons_[i];
  person.publishes = rig_.add_client(p, address(60, i), setup_.profile);
  shm::TrackRecord t;
  t.id = 0x1000 + 2 * i;
  t.endpoint = person.publishes.endpoint;
  t.kind = MediaKind::video;
  t.source = shm::TrackSource::camera;
  t.encoding_count = encodings;
  t.csrc = 0x6000'0000 + 2 * i;
  t.mid = shm::Text<16>("0");
  for (uint32_t e = 0; e < encodings; ++e) {
    t.encodings[e].ssrc = source_ssrc(i, e);
    t.encodings[e].rid = shm::Text<16>("r" + std::to_string(e));
  }
  person.video = must(rig_.publisher().publish(t));
  shm::TrackRecord a;
  a.id = t.id + 1;
  a.endpoint = t.endpoint;
  a.kind = MediaKind::audio;
  a.source = shm::TrackSource::microphone;
  a.encoding_count = 1;
  a.csrc = t.csrc + 1;
  a.mid = shm::Text<16>("1");
  a.encodings[0].ssrc = source_ssrc(i, encodings);
  person.audio = must(rig_.publisher().publish(a));
}

void MeetingHall::join_receiver(uint32_t i) {
  rig::ClientRecord r;
  r.receives = 1;
  r.send_payloads[static_cast<std::size_t>(Codec::vp8)] = {video_type, 0};
  r.send_payloads[static_cast<std::size_t>(Codec::opus)] = {audio_type, 0};
  persons_[i].receives = rig_.add_client(r, address(70, i), setup_.profile);
}

// Stream 2k of a person shows the k-th other one, stream 2k + 1 lets him be heard.
void MeetingHall::subscribe(uint32_t i) {
  const uint32_t first = i - i % setup_.people;
  for (uint32_t k = 1; k < setup_.people; ++k) {
    const uint32_t other = first + (i - first + k) % setup_.people;
    for (const bool video : {true, false}) {
      shm::StreamRecord s;
      s.ssrc = ssrc_base + static_cast<uint32_t>(streams_.size());
      s.id = s.ssrc;
      s.endpoint = persons_[i].receives.endpoint;
      s.kind = video ? MediaKind::video : MediaKind::audio;
      s.initial_seq = static_cast<uint16_t>(s.ssrc % 32'000);
      s.cname = shm::PaddedText<16>("hall");
      streams_.push_back(must(rig_.publisher().publish(s)));
      shm::SubscriptionRecord sub;
      sub.track = video ? persons_[other].video : persons_[other].audio;
      sub.stream = streams_.back();
      if (video) sub.encoding_cap = static_cast<uint8_t>(k % encodings);
      must(rig_.publisher().publish(sub));
    }
    settle(1);
  }
}

std::vector<uint8_t> MeetingHall::payload(uint32_t person, uint32_t flow, uint64_t index,
                                          bool key) const {
  const bool audio = flow == encodings;
  const uint32_t size = audio ? audio_size : sizes[flow];
  std::vector<uint8_t> p(size, static_cast<uint8_t>(person + index));
  if (!audio) {
    const auto head = rig::vp8_payload(key, static_cast<uint16_t>(index), tag_at);
    std::ranges::copy(head, p.begin());
  }
  wire::store_be32(&p[tag_at], person);
  wire::store_be32(&p[tag_at + 4], flow);
  wire::store_be32(&p[tag_at + 8], static_cast<uint32_t>(index));
  p[tag_at + 12] = key;
  return p;
}

void MeetingHall::send(uint32_t i, uint32_t flow, uint32_t timestamp, bool key, bool marker) {
  Person& person = persons_[i];
  const uint64_t index = person.index[flow]++;
  const rig::PacketSpec spec{.ssrc = source_ssrc(i, flow),
                             .index = index,
                             .timestamp = timestamp,
                             .payload_type = flow == encodings ? audio_type : video_type,
                             .marker = marker,
                             .payload = payload(i, flow, index, key)};
  const rig::PlainPacket plain = rig::make_packet(spec);
  uint8_t buffer[2'048];
  std::ranges::copy(plain.header, buffer);
  const srtp::ProtectJob job{.key = person.key,
                             .packet = buffer,
                             .payload = plain.payload.data(),
                             .header_length = static_cast<uint16_t>(plain.header.size()),
                             .payload_length = static_cast<uint16_t>(plain.payload.size()),
                             .ssrc = Ssrc(spec.ssrc),
                             .index = SrtpIndex(index)};
  engine_->protect({&job, 1});
  rig_.send(person.publishes, {buffer, plain.header.size() + plain.payload.size() +
                                           srtp::rtp_overhead(setup_.profile)});
}

uint32_t MeetingHall::send_picture(uint32_t i, bool key) {
  uint32_t sent = 0;
  const uint32_t timestamp = ++persons_[i].picture * 3'000;
  for (uint32_t e = 0; e < encodings; ++e) {
    for (uint32_t p = 0; p < packets[e]; ++p, ++sent)
      send(i, e, timestamp, key && p == 0, p + 1 == packets[e]);
  }
  return sent;
}

uint32_t MeetingHall::send_audio(uint32_t i) {
  send(i, encodings, static_cast<uint32_t>(persons_[i].index[encodings]) * 960, false, false);
  return 1;
}

bool MeetingHall::right(wire::ByteView packet) {
  const auto rtp = wire::parse_rtp_header(packet);
  const uint32_t stream = rtp ? rtp->ssrc().value() - ssrc_base : UINT32_MAX;
  if (stream >= streams_.size()) return false;
  // subscribe(), read back.
  const uint32_t each = 2 * (setup_.people - 1);
  const uint32_t receiver = stream / each, k = 1 + stream % each / 2;
  const uint32_t first = receiver - receiver % setup_.people;
  const uint32_t other = first + (receiver - first + k) % setup_.people;
  const uint32_t flow = stream % 2 == 0 ? k % encodings : encodings;
  const uint64_t next = rig_.region().stream(streams_[stream].slot).state.next_index.load();
  rig::SrtpPeer peer(setup_.profile, persons_[receiver].receives.from_node);
  const auto plain = peer.unprotect(packet, srtp::estimate_index(SrtpIndex(next - 1), rtp->seq()));
  const auto clear = plain ? wire::parse_rtp(*plain) : std::nullopt;
  if (!clear || clear->payload().size() < tag_at + 13) return false;
  const wire::ByteView got = clear->payload();
  const uint32_t index = wire::load_be32(&got[tag_at + 8]);
  auto sent = payload(other, flow, index, got[tag_at + 12] != 0);
  // Picture ids may be the receiver's own.
  const auto vp8 = flow != encodings ? wire::parse_vp8(got) : std::nullopt;
  const std::size_t behind = vp8 ? vp8->descriptor_length : 0;
  return index < persons_[other].index[flow] &&
         std::ranges::equal(got.subspan(behind), wire::ByteView(sent).subspan(behind));
}

}  // namespace sluice::perf
