// The codecs Sluice forwards. It never transcodes; it only has to know how to read their layers.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

enum class MediaKind : uint8_t { none = 0, audio = 1, video = 2 };

// Values are stored in the region and index payload-type arrays: append only, keep codec_count
// true.
enum class Codec : uint8_t { none = 0, opus = 1, vp8 = 2, vp9 = 3, h264 = 4, av1 = 5 };
inline constexpr uint8_t codec_count = 6;

constexpr MediaKind kind_of(Codec c) {
  return c == Codec::none   ? MediaKind::none
         : c == Codec::opus ? MediaKind::audio
                            : MediaKind::video;
}

// RTP clock rate in Hz.
constexpr uint32_t clock_rate(Codec c) {
  return c == Codec::opus ? 48'000 : 90'000;
}

// The encoding name of the rtpmap line (RFC 8866 s6.6).
constexpr std::string_view name_of(Codec c) {
  switch (c) {
    case Codec::opus:
      return "opus";
    case Codec::vp8:
      return "VP8";
    case Codec::vp9:
      return "VP9";
    case Codec::h264:
      return "H264";
    case Codec::av1:
      return "AV1";
    case Codec::none:
      break;
  }
  return "none";
}

}  // namespace sluice
