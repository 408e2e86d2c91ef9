#include "dataplane/forward_class.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "common/wire/rtp.h"
#include "common/wire/rtp_extension.h"
#include "common/wire/rtp_extension_values.h"

namespace sluice::dataplane {
namespace {

// A jump of the source by more than this is a restart of its numbers, not a loss.
constexpr uint64_t source_jump_max = 8'192;

void remember_drop(ForwardClass& c, uint64_t index) {
  c.drops[c.drops_next++ % drops_remembered] = index;
}

// A late packet older than every drop that is remembered cannot be numbered: a guess might give a
// number twice.
bool too_late(const ForwardClass& c, uint64_t index) {
  return c.drops_next > drops_remembered && index < c.drops[c.drops_next % drops_remembered];
}

// Drops on purpose with a source index above `index`: their share of delta does not apply to it.
uint64_t drops_above(const ForwardClass& c, uint64_t index) {
  uint64_t n = 0;
  const uint32_t known = std::min<uint32_t>(c.drops_next, drops_remembered);
  for (uint32_t i = 0; i < known; ++i) n += c.drops[i] > index ? 1 : 0;
  return n;
}

// Begins to follow a source at `entry`: numbers continue, the clock continues by the time that
// passed.
void follow(ForwardClass& c, const LogEntry& entry, uint64_t gap) {
  const uint64_t rate = clock_rate(entry.codec);
  const bool first = c.last_arrival == 0;
  const auto elapsed_ns =
      static_cast<uint64_t>(std::max<TimeNs>(0, entry.arrival - c.last_arrival));
  const auto step = static_cast<uint32_t>(std::max<uint64_t>(1, elapsed_ns * rate / ns_per_s));
  const uint32_t timestamp = first ? entry.timestamp : c.last_timestamp + step;
  c.following = true;
  c.encoding = entry.encoding;
  c.source_epoch = entry.source_epoch;
  c.source_floor = entry.index;
  c.source_highest = entry.index - 1;
  c.delta = entry.index - (c.highest + gap);
  c.timestamp_delta = timestamp - entry.timestamp;
  c.drops_next = 0;
}

// RFC 8285: one-byte form unless a value needs the other. Sets header, header_length and
// transport_at.
void write_header(ClassPacket& p, const Template& shape, const TrackLog& log, const LogEntry& e,
                  uint32_t csrc) {
  wire::ByteSpan out(p.header);
  const uint32_t csrcs[] = {csrc};
  const std::size_t fixed = wire::write_rtp_header(
      out,
      {.payload_type = PayloadType(shape.payloads[static_cast<std::size_t>(e.codec)].payload_type),
       .seq = Seq16(0),
       .timestamp = 0,
       .ssrc = Ssrc(0),
       .marker = (e.flags & log_marker) != 0,
       .csrcs = csrcs});
  const auto& ids = shape.extensions;
  const bool two_byte = ids.dependency_descriptor != 0 && e.dd_length > 16;
  wire::RtpExtensionWriter w(out, fixed, two_byte);
  // First, so that it lies in the line that every visit writes.
  const uint8_t* transport = ids.transport_cc != 0 ? w.claim(ids.transport_cc, 2) : nullptr;
  if (ids.audio_level != 0 && (e.flags & log_has_level) != 0) w.add(ids.audio_level, {&e.level, 1});
  if (ids.video_orientation != 0 && (e.flags & log_has_orientation) != 0) {
    w.add(ids.video_orientation, {&e.orientation, 1});
  }
  if (ids.abs_capture_time != 0 && (e.flags & log_has_capture_time) != 0) {
    uint8_t ntp[8];
    wire::store_be64(ntp, e.capture_time);
    w.add(ids.abs_capture_time, ntp);
  }
  if (ids.dependency_descriptor != 0 && e.dd_length != 0) {
    w.add(ids.dependency_descriptor, {log.bytes_at(e.byte_start), e.dd_length});
  }
  const std::size_t length = w.finish();
  // Values that do not fit are left out: the packet is still a whole RTP packet.
  p.header_length = static_cast<uint8_t>(length != 0 ? length : fixed);
  p.transport_at =
      static_cast<uint8_t>(transport != nullptr && length != 0 ? transport - p.header.data() : 0);
}

// VP8 says in the payload which picture it is of (RFC 7741 s4.2).
std::optional<wire::Vp8View> vp8_of(const TrackLog& log, const LogEntry& e) {
  if (e.codec != Codec::vp8 || e.payload_length == 0) return std::nullopt;
  const auto v = wire::parse_vp8({log.bytes_at(e.byte_start) + e.dd_length, e.payload_length});
  return v && v->picture_id_offset != 0 ? v : std::nullopt;
}

// Where the payload of this entry says another picture than the class: a copy that says it.
void number_picture(ForwardClass& c, ClassPacket& p, const wire::Vp8View& v) {
  const uint16_t id = c.pictures.forward(v);
  if (c.pictures.unchanged() || p.payload_length > class_payload_max) return;
  uint8_t* copy = c.payloads + (c.head & c.mask) * class_payload_max;
  std::memcpy(copy, p.payload, p.payload_length);
  wire::patch_vp8_picture_id(copy, v, id);
  p.payload = copy;
}

void append(ForwardClass& c, const Template& shape, const TrackLog& log, const LogEntry& e,
            MediaKind kind, uint32_t csrc, uint64_t index,
            const std::optional<wire::Vp8View>& vp8) {
  ClassPacket& p = c.ring[c.head & c.mask];
  p.index = index;
  p.considered = c.considered;
  p.byte_start = e.byte_start;
  p.payload = log.bytes_at(e.byte_start) + e.dd_length;
  p.payload_length = e.payload_length;
  p.timestamp = e.timestamp + c.timestamp_delta;
  p.opens = kind == MediaKind::audio ||
            (e.flags & (log_key_frame | log_frame_start)) == (log_key_frame | log_frame_start);
  write_header(p, shape, log, e, csrc);
  if (vp8) number_picture(c, p, *vp8);
  ++c.head;
}

}  // namespace

uint8_t wanted_encoding(uint8_t cap, uint32_t encodings_active) {
  if (encodings_active == 0) return 0;
  const uint32_t allowed = cap >= 31 ? encodings_active : encodings_active & ((2U << cap) - 1);
  return static_cast<uint8_t>(allowed != 0 ? 31 - std::countl_zero(allowed)
                                           : std::countr_zero(encodings_active));
}

void forward(ForwardClass& c, const Template& shape, const TrackLog& log, const LogEntry& entry,
             MediaKind kind, uint32_t csrc, uint32_t encodings_active) {
  ++c.considered;
  const bool start = (entry.flags & log_frame_start) != 0;
  const bool key = kind == MediaKind::audio || ((entry.flags & log_key_frame) != 0 && start);
  const bool padding = (entry.flags & log_padding) != 0;
  const auto vp8 = vp8_of(log, entry);
  const bool same =
      c.following && entry.encoding == c.encoding && entry.source_epoch == c.source_epoch;
  if (!same) {
    // Another encoding (or the same one under a new SSRC) is entered at a key frame only.
    const bool wanted = entry.encoding == wanted_encoding(c.key.encoding_cap, encodings_active);
    if (!wanted || !key || padding) return;
    follow(c, entry, 1);
    if (vp8) c.pictures.follow(*vp8);
  } else if (entry.index > c.source_highest + source_jump_max) {
    follow(c, entry, 2);  // a gap stays: the decoder must know that something is missing
  }
  if (entry.index < c.source_floor) return;
  c.codec = entry.codec;
  c.undecodable = shape.payloads[static_cast<std::size_t>(entry.codec)].payload_type == 0;
  const bool layer = (entry.temporal > c.key.temporal_cap) || (entry.spatial > c.key.spatial_cap);
  const bool newer = entry.index > c.source_highest;
  if (newer) c.source_highest = entry.index;
  if (padding || layer || c.undecodable) {
    if (newer) {
      remember_drop(c, entry.index);
      ++c.delta;
    }
    if (layer && vp8) c.pictures.leave_out(*vp8);
    return;
  }
  if (!newer && too_late(c, entry.index)) return;
  const uint64_t index = entry.index - c.delta + (newer ? 0 : drops_above(c, entry.index));
  if (index > c.highest) {
    c.highest = index;
    c.last_timestamp = entry.timestamp + c.timestamp_delta;
    c.last_arrival = entry.arrival;
  }
  append(c, shape, log, entry, kind, csrc, index, vp8);
}

}  // namespace sluice::dataplane
