// What the header extensions that Sluice reads or writes carry; one codec pair each.
//
//  audio level          RFC 6464 s3                     |V| level (7) 1 byte mid, rid RFC 9143
//  s15.1, RFC 8852 s3      text                                     1..16 (255) transport seq
//  transport-wide-cc-extensions s2  sequence number (16)                      2 bytes abs-send-time
//  (webrtc.org)                     seconds, 6.18 fixed point                 3 bytes
//  abs-capture-time     (webrtc.org)                     NTP 32.32, then clock offset 32.32 8 or 16
//  video orientation    3GPP TS 26.114 s7.4.5            |0 0 0 0 C F R1 R0| 1 byte
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t audio_level_length = 1;
inline constexpr std::size_t transport_seq_length = 2;
inline constexpr std::size_t abs_send_time_length = 3;
inline constexpr std::size_t abs_capture_time_length = 8;
inline constexpr std::size_t abs_capture_time_length_max = 16;

struct AudioLevel {
  bool voice = false;
  uint8_t level = 127;  // -dBov: 0 loud .. 127 silent
};

struct AbsCaptureTime {
  uint64_t ntp = 0;                     // RFC 5905 64-bit timestamp of the capturer's clock
  std::optional<int64_t> clock_offset;  // 32.32 seconds: capturer's clock minus sender's clock
};

struct VideoOrientation {
  bool back_camera = false;
  bool flip = false;
  uint8_t rotation = 0;  // quarter turns clockwise
};

// All parse_ functions: nullopt when the data has another length than the format.
inline std::optional<AudioLevel> parse_audio_level(ByteView data) {
  // RFC 6464 s3: in the two-byte form a zero byte may be added.
  if (data.size() != 1 && data.size() != 2) return std::nullopt;
  return AudioLevel{(data[0] & 0x80) != 0, static_cast<uint8_t>(data[0] & 0x7f)};
}
inline uint8_t pack_audio_level(const AudioLevel& a) {
  return static_cast<uint8_t>((a.voice ? 0x80 : 0) | (a.level & 0x7f));
}

// mid and rid: the text as it lies there. Empty data is no name.
inline std::optional<std::string_view> parse_sdes_text(ByteView data) {
  if (data.empty()) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(data.data()), data.size());
}

inline std::optional<uint16_t> parse_transport_seq(ByteView data) {
  // Version 2 of the extension adds a feedback request behind the number.
  if (data.size() != 2 && data.size() != 4) return std::nullopt;
  return load_be16(data.data());
}

inline std::optional<uint32_t> parse_abs_send_time(ByteView data) {
  if (data.size() != abs_send_time_length) return std::nullopt;
  return load_be24(data.data());
}
// The middle of a 64-bit NTP timestamp, wraps every 64 s.
constexpr uint32_t abs_send_time_from_ntp(uint64_t ntp) {
  return static_cast<uint32_t>(ntp >> 14) & 0xffffff;
}

inline std::optional<AbsCaptureTime> parse_abs_capture_time(ByteView data) {
  if (data.size() != 8 && data.size() != 16) return std::nullopt;
  AbsCaptureTime t{.ntp = load_be64(data.data()), .clock_offset = {}};
  if (data.size() == 16) t.clock_offset = static_cast<int64_t>(load_be64(data.data() + 8));
  return t;
}
// Bytes written (8 or 16), 0 if it does not fit.
inline std::size_t write_abs_capture_time(ByteSpan out, const AbsCaptureTime& t) {
  Writer w(out);
  w.u64(t.ntp);
  if (t.clock_offset) w.u64(static_cast<uint64_t>(*t.clock_offset));
  return w.length();
}

inline std::optional<VideoOrientation> parse_video_orientation(ByteView data) {
  if (data.size() != 1) return std::nullopt;
  return VideoOrientation{(data[0] & 0x08) != 0, (data[0] & 0x04) != 0,
                          static_cast<uint8_t>(data[0] & 0x03)};
}
inline uint8_t pack_video_orientation(const VideoOrientation& v) {
  return static_cast<uint8_t>((v.back_camera ? 0x08 : 0) | (v.flip ? 0x04 : 0) |
                              (v.rotation & 0x03));
}

}  // namespace sluice::wire
