#include "perf/presenter.h"

#include <algorithm>
#include <cmath>

#include "common/wire/bytes.h"
#include "common/wire/rtcp_sr.h"

namespace sluice::perf {
namespace {

constexpr uint32_t first_timestamp = 1'000'000;
constexpr TimeNs report_interval_ns = ns_per_s;
constexpr uint8_t id_transport_cc = 3;
constexpr uint8_t id_audio_level = 1;
constexpr uint8_t id_dependency = 5;

// What follows the three mandatory bytes of the descriptor on a key frame: nine templates, one per
// layer (spatial id * 3 + temporal id), nine decode targets, no chains.
constexpr uint8_t l3t3_structure[] = {0x80, 0x08, 0x59, 0x65, 0xea, 0xff, 0xf1, 0x8a, 0x28,
                                      0x10, 0x82, 0x02, 0xaf, 0xc0, 0x18, 0xa0, 0x01, 0x08,
                                      0x00, 0x2a, 0x00, 0x01, 0x80, 0x00, 0x10, 0x00, 0x00};

// T0 T2 T1 T2.
constexpr uint8_t temporal_pattern[] = {0, 2, 1, 2};

std::vector<uint8_t> descriptor(bool start, bool end, uint8_t layer, uint16_t frame, bool key) {
  std::vector<uint8_t> d(3);
  d[0] = static_cast<uint8_t>((start ? 0x80 : 0) | (end ? 0x40 : 0) | layer);
  wire::store_be16(&d[1], frame);
  if (key) d.insert(d.end(), std::begin(l3t3_structure), std::end(l3t3_structure));
  return d;
}

// RFC 9628 s4.2, flexible mode: I P L F B E, 15-bit picture id, layer ids, P_DIFF 1 in a delta
// frame.
std::vector<uint8_t> vp9_payload(std::size_t size, uint32_t picture, uint8_t spatial,
                                 uint8_t temporal, bool key, bool begin, bool end) {
  std::vector<uint8_t> p(size);
  for (std::size_t i = 0; i < size; ++i) p[i] = static_cast<uint8_t>(i * 7 + picture);
  p[0] = static_cast<uint8_t>(0xb0 | (key ? 0 : 0x40) | (begin ? 0x08 : 0) | (end ? 0x04 : 0));
  wire::store_be16(&p[1], static_cast<uint16_t>(0x8000 | (picture & 0x7fff)));
  p[3] = static_cast<uint8_t>(temporal * 32 | spatial * 2 | (spatial != 0 ? 1 : 0));
  p[4] = 0x02;
  return p;
}

}  // namespace

Picture picture_of(const VideoShape& shape, uint32_t number) {
  const auto interval =
      static_cast<uint32_t>(std::lround(shape.key_interval_s * shape.pictures_per_s));
  const double mean = shape.bits_per_s / 8 / shape.pictures_per_s;
  const double delta = mean * interval / (interval - 1 + shape.key_ratio);
  const uint32_t place = number % interval;
  if (place == 0) return {true, 0, delta * shape.key_ratio};
  constexpr std::size_t period = std::size(temporal_pattern);
  double sum = 0;
  for (const uint8_t t : temporal_pattern) sum += shape.temporal[t];
  const uint8_t temporal = temporal_pattern[place % period];
  return {false, temporal, delta * shape.temporal[temporal] * period / sum};
}

Split split_of(double bytes) {
  const auto whole = static_cast<std::size_t>(bytes);
  const std::size_t packets = (whole + video_payload_max - 1) / video_payload_max;
  return {packets, std::max<std::size_t>(whole / packets, 16)};
}

void Presenter::negotiate(AudienceSetup& setup) {
  setup.tracks = {{Codec::vp9, 1}, {Codec::opus, 1}};
  setup.publisher.transport_feedback = 1;
  setup.publisher.recv_extensions.transport_cc = id_transport_cc;
  setup.publisher.recv_extensions.audio_level = id_audio_level;
  setup.publisher.recv_extensions.dependency_descriptor = id_dependency;
  setup.receiver.send_extensions.audio_level = id_audio_level;
  setup.receiver.send_extensions.dependency_descriptor = id_dependency;
}

Presenter::Presenter(Audience& audience, const VideoShape& shape, TimeNs start,
                     PictureDelays& video, PictureDelays& audio)
    : audience_(audience),
      reporter_(audience.publisher().profile, audience.publisher().to_node),
      shape_(shape),
      video_(video),
      audio_(audio),
      start_(start),
      audio_at_(start + 7 * ns_per_ms),
      report_at_(start + 40 * ns_per_ms),
      pacer_at_(start),
      sizes_(video_payload_max + 1) {
  make_picture();
}

TimeNs Presenter::next_at() const {
  return std::min({queued_.front().at, audio_at_, report_at_});
}

uint32_t Presenter::send_due(TimeNs now) {
  uint32_t sent = 0;
  for (; audio_at_ <= now; audio_at_ += audio_interval_ns, ++sent) send_audio();
  for (; report_at_ <= now; report_at_ += report_interval_ns, sent += 2) send_reports();
  for (; queued_.front().at <= now; ++sent) {
    Queued& q = queued_.front();
    q.spec.extensions.push_back({id_transport_cc, std::vector<uint8_t>(2)});
    wire::store_be16(q.spec.extensions.back().data.data(), transport_seq_++);
    ++sizes_[q.spec.payload.size()];
    video_.on_sent(q.at, q.picture, q.key);
    audience_.send(0, std::move(q.spec));
    queued_.pop_front();
    if (queued_.empty()) make_picture();
  }
  return sent;
}

// RFC 3550 s6.4.1: both clocks of the two streams at one instant.
void Presenter::send_reports() {
  const TimeNs since = report_at_ - start_;
  const uint64_t ntp = ntp_from_unix(rig::wall_clock_start + report_at_);
  for (const uint32_t track : {0U, 1U}) {
    const TimeNs khz = track == 0 ? 90 : 48;
    uint8_t buffer[128];
    const std::size_t n = wire::write_sr(
        buffer, {.sender = Ssrc(audience_.source_ssrc(track, 0)),
                 .ntp = ntp,
                 .rtp_timestamp = first_timestamp + static_cast<uint32_t>(since * khz / ns_per_ms),
                 .packets = 1,
                 .octets = 1});
    audience_.rig().send(audience_.publisher(), reporter_.protect_rtcp({buffer, n}));
  }
}

void Presenter::send_audio() {
  rig::PacketSpec spec;
  spec.timestamp = first_timestamp + ++audio_number_ * 960;
  spec.payload.assign(audio_payload, static_cast<uint8_t>(audio_number_));
  wire::store_be32(spec.payload.data(), audio_number_);
  spec.extensions = {{id_audio_level, {0xa0}}, {id_transport_cc, std::vector<uint8_t>(2)}};
  wire::store_be16(spec.extensions[1].data.data(), transport_seq_++);
  ++sizes_[audio_payload];
  audio_.on_sent(audio_at_, audio_number_, false);
  audience_.send(1, std::move(spec));
}

void Presenter::make_picture() {
  const Picture p = picture_of(shape_, picture_);
  for (uint8_t s = 0; s < shape_.spatial.size(); ++s) make_layer(p, s);
  queued_.back().spec.marker = true;
  ++picture_;
}

void Presenter::make_layer(const Picture& picture, uint8_t spatial) {
  const auto [packets, size] = split_of(picture.bytes * shape_.spatial[spatial]);
  const auto layer = static_cast<uint8_t>(spatial * 3 + picture.temporal);
  for (std::size_t i = 0; i < packets; ++i) {
    const bool begin = i == 0;
    const bool end = i + 1 == packets;
    rig::PacketSpec spec;
    spec.timestamp = first_timestamp + picture_ * (90'000 / shape_.pictures_per_s);
    spec.payload = vp9_payload(size, picture_, spatial, picture.temporal, picture.key, begin, end);
    spec.payload.back() = static_cast<uint8_t>(i);
    const bool structure = picture.key && spatial == 0 && begin;
    spec.extensions = {{id_dependency, descriptor(begin, end, layer, frame_number_, structure)}};
    queue(std::move(spec), picture.key);
  }
  ++frame_number_;
}

void Presenter::queue(rig::PacketSpec spec, bool key) {
  TimeNs at = start_ + static_cast<TimeNs>(picture_) * ns_per_s / shape_.pictures_per_s;
  if (shape_.pacer_burst_ms != 0) {
    // libwebrtc's pacer: up to a burst's worth at once, then not before that has drained at the
    // pacing rate.
    constexpr double pacing_factor = 2.5;
    const double bytes_per_ns = pacing_factor * shape_.bits_per_s / 8 / ns_per_s;
    at = std::max(at, pacer_at_ - static_cast<TimeNs>(shape_.pacer_burst_ms * ns_per_ms));
    if (!queued_.empty()) at = std::max(at, queued_.back().at);
    pacer_at_ = std::max(pacer_at_, at) +
                static_cast<TimeNs>(static_cast<double>(spec.payload.size()) / bytes_per_ns);
  }
  queued_.push_back({at, std::move(spec), picture_, key});
}

}  // namespace sluice::perf
