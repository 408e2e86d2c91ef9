// Describe: what a packet means for its layers, once per packet. The dependency descriptor is
// preferred over the payload, so that end-to-end encrypted payloads get layer dropping too.
#include "common/wire/av1.h"
#include "common/wire/h264.h"
#include "common/wire/vp8.h"
#include "common/wire/vp9.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

struct Layers {
  bool known = false;
  bool key_frame = false;
  bool frame_start = false;
  uint8_t spatial = 0;
  uint8_t temporal = 0;
};

Layers from_descriptor(wire::ByteView data, wire::DependencyStructure& structure) {
  Layers l;
  const auto dd = wire::parse_dependency_descriptor(data, structure);
  if (!dd) return l;
  l.known = dd->resolved;
  l.key_frame = dd->has_structure;
  l.frame_start = dd->start_of_frame && dd->spatial_id == 0;
  l.spatial = dd->spatial_id;
  l.temporal = dd->temporal_id;
  return l;
}

Layers from_payload(Codec codec, wire::ByteView payload, bool new_timestamp) {
  Layers l;
  switch (codec) {
    case Codec::vp8:
      if (const auto v = wire::parse_vp8(payload)) {
        l = {true, v->key_frame, v->start_of_frame(), 0, v->tid};
      }
      break;
    case Codec::vp9:
      if (const auto v = wire::parse_vp9(payload)) {
        l = {true, v->key_frame(), v->start_of_frame && v->sid == 0, v->sid, v->tid};
      }
      break;
    case Codec::h264:
      if (const auto v = wire::parse_h264(payload)) l = {true, v->key_frame(), new_timestamp, 0, 0};
      break;
    case Codec::av1:
      if (const auto v = wire::parse_av1(payload)) l = {true, v->key_frame(), new_timestamp, 0, 0};
      break;
    case Codec::opus:
    case Codec::none:
      l = {true, false, true, 0, 0};
      break;
  }
  return l;
}

constexpr TimeNs level_interval_ns = 200 * ns_per_ms;
constexpr uint32_t speaking_below = 45;  // -45 dBov; silent again above the next
constexpr uint32_t silent_above = 55;

}  // namespace

void describe(Core& k, TrackContext& track, uint32_t track_slot, uint8_t encoding, Codec codec,
              wire::ByteView payload, wire::ByteView descriptor, LogEntry& entry) {
  EncodingContext& enc = track.encodings[encoding];
  const bool new_timestamp =
      !enc.frame_known || static_cast<int32_t>(entry.timestamp - enc.frame_timestamp) > 0;
  if (new_timestamp) {
    enc.frame_known = true;
    enc.frame_timestamp = entry.timestamp;
  }
  Layers layers;
  if (!descriptor.empty()) {
    layers = from_descriptor(descriptor, k.node.logs->structure(track_slot, encoding));
  }
  if (!layers.known) layers = from_payload(codec, payload, new_timestamp);
  if (layers.key_frame) entry.flags |= log_key_frame;
  if (layers.frame_start) entry.flags |= log_frame_start;
  entry.spatial = layers.spatial;
  entry.temporal = layers.temporal;
}

void on_audio_level(Core& k, TrackContext& track, uint32_t track_slot, uint8_t level) {
  // Fast toward loud, slow toward silence: a word's gaps do not end it.
  const uint32_t target = uint32_t{level} * 16;
  const uint32_t shift = target < track.level_q4 ? 1 : 5;
  track.level_q4 = track.level_q4 + (target >> shift) - (track.level_q4 >> shift);
  const uint32_t smooth = track.level_q4 / 16;
  track.state->level.store(smooth, std::memory_order_relaxed);
  if (k.now - track.level_told_at < level_interval_ns) return;
  const bool speaking = track.speaking ? smooth < silent_above : smooth < speaking_below;
  if (!speaking && !track.speaking && !track.speech_unsaid) return;
  track.speech_unsaid = false;
  track.speaking = speaking;
  track.level_told_at = k.now;
  shm::Event e = k.event(shm::EventKind::speaker_level, {track_slot, track.generation});
  e.detail = speaking ? 1 : 0;
  e.value = smooth;
  k.tell(e);
}

}  // namespace sluice::dataplane
