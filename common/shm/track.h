// track: one published source (a camera, a microphone, a screen) with its encodings.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "common/base/codec.h"
#include "common/shm/rtcp_replay.h"
#include "common/shm/slot.h"
#include "common/shm/text.h"
#include "common/shm/versioned.h"

namespace sluice::shm {

inline constexpr std::size_t encodings_max = 3;
inline constexpr std::size_t track_rtcp_sources = 2 * encodings_max;  // media and RTX

enum class TrackSource : uint8_t {
  none = 0,
  microphone = 1,
  camera = 2,
  screen = 3,
  screen_audio = 4,
  camera_2 = 5,
  camera_3 = 6
};

// One simulcast encoding; a track without simulcast has exactly one, with an empty rid.
struct EncodingRecord {
  uint32_t ssrc = 0;      // 0: learned by the worker from mid/rid on the first packets
  uint32_t rtx_ssrc = 0;  // 0: learned, or no RTX
  Text<16> rid;           // RFC 8851; order of encodings: lowest quality first
};
static_assert(sizeof(EncodingRecord) == 24);

// control_written.
struct TrackRecord {
  uint64_t id = 0;
  SlotRef endpoint;  // home endpoint: only its packets may feed the track
  MediaKind kind = MediaKind::none;
  TrackSource source = TrackSource::none;
  uint8_t encoding_count = 0;
  uint8_t muted = 0;  // 1: the room muted it: packets are counted and not forwarded
  uint32_t csrc = 0;  // names the source to receivers (RFC 3550 s5.1), unique per node
  Text<16> mid;       // of the publish transport's m-line
  std::array<EncodingRecord, encodings_max> encodings{};
};
static_assert(sizeof(TrackRecord) % 8 == 0);

// worker_written: learned SSRC bindings and what inbound replay protection needs after a restart.
struct EncodingState {
  std::atomic<uint64_t> ssrcs{0};          // rtx ssrc << 32 | ssrc; 0 = not learned
  std::atomic<uint64_t> highest_index{0};  // 1 + highest authenticated SRTP index; 0 = none
  std::atomic<uint64_t> rtx_highest_index{0};
  std::atomic<uint64_t> packets{0}, bytes{0}, lost{0}, frames{0}, key_frames{0};
};

struct TrackState {
  std::atomic<uint32_t> generation{0};
  std::atomic<uint32_t> codec{0};  // Codec of the last packet
  std::array<EncodingState, encodings_max> encodings{};
  std::atomic<uint64_t> key_frame_requests{0};
  std::atomic<uint64_t> level{0};  // RFC 6464 smoothed: 0 (loud) .. 127 (silent), audio only
  std::array<RtcpHighest, track_rtcp_sources> rtcp_highest{};
  std::array<RtcpWindow, track_rtcp_sources> rtcp_windows{};
};

struct alignas(64) Track {
  using Record = TrackRecord;
  SlotHead head;
  Versioned<TrackRecord> record;
  alignas(64) TrackState state;
};

}  // namespace sluice::shm
