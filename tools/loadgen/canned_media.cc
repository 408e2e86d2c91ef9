#include "tools/loadgen/canned_media.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tools/loadgen/mark.h"
#include "tools/loadgen/payload_format.h"
#include "tools/loadgen/rtp_source.h"

namespace sluice::loadgen {
namespace {

constexpr std::size_t file_header_length = 32;
constexpr std::size_t frame_header_length = 12;
constexpr std::size_t frame_length_max = RtpSource::payload_max - payload_prefix_max - mark_length;

// IVF is little-endian.
uint32_t load_le32(const uint8_t* p) {
  return __builtin_bswap32(wire::load_be32(p));
}

using Frames = std::vector<std::vector<uint8_t>>;

Result<Frames> load(const std::string& path, std::string_view fourcc) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) return Error{path + ": cannot be read"};
  return parse_ivf(bytes, fourcc, path);
}

// RFC 6386 s9.1: the lowest bit of a key frame is 0. RFC 6716 s3.1: the lowest two of one frame.
bool is_key_frame(const std::vector<uint8_t>& frame) {
  return (frame[0] & 1) == 0;
}
bool is_one_frame(const std::vector<uint8_t>& packet) {
  return (packet[0] & 3) == 0;
}

Result<CannedMedia> load_pair(const std::string& video, const std::string& audio) {
  CannedMedia out;
  auto frames = load(video, "VP80");
  if (!frames) return frames.error();
  auto packets = load(audio, "OPUS");
  if (!packets) return packets.error();
  out.video = std::move(*frames);
  out.audio = std::move(*packets);
  if (!is_key_frame(out.video.front())) return Error{video + ": frame 0: no key frame"};
  for (std::size_t i = 0; i < out.audio.size(); ++i) {
    if (is_one_frame(out.audio[i])) continue;
    return Error{audio + ": frame " + std::to_string(i) + ": a packet of several Opus frames"};
  }
  return out;
}

}  // namespace

Result<Frames> parse_ivf(wire::ByteView file, std::string_view fourcc, const std::string& name) {
  if (file.size() < file_header_length || std::memcmp(file.data(), "DKIF", 4) != 0) {
    return Error{name + ": no IVF file"};
  }
  if (std::memcmp(file.data() + 8, fourcc.data(), fourcc.size()) != 0) {
    return Error{name + ": not of the codec " + std::string(fourcc)};
  }
  Frames frames;
  wire::ByteView left = file.subspan(file_header_length);
  while (!left.empty()) {
    const std::string which = name + ": frame " + std::to_string(frames.size());
    if (left.size() < frame_header_length) return Error{which + ": cut off"};
    const std::size_t length = load_le32(left.data());
    left = left.subspan(frame_header_length);
    if (length > left.size()) return Error{which + ": cut off"};
    if (length == 0) return Error{which + ": empty"};
    if (length > frame_length_max) {
      return Error{which + ": " + std::to_string(length) + " bytes do not fit one packet; needs " +
                   std::to_string(frame_length_max) + " at most"};
    }
    frames.emplace_back(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(length));
    left = left.subspan(length);
  }
  if (frames.empty()) return Error{name + ": no frame"};
  return frames;
}

Result<std::vector<CannedMedia>> load_canned_media(const std::string& directory) {
  std::vector<CannedMedia> out;
  for (;;) {
    const std::string number = std::to_string(out.size()) + ".ivf";
    const std::string video = directory + "/video-" + number;
    const std::string audio = directory + "/audio-" + number;
    if (!std::filesystem::exists(video) || !std::filesystem::exists(audio)) break;
    auto media = load_pair(video, audio);
    if (!media) return media.error();
    out.push_back(std::move(*media));
  }
  if (out.empty()) return Error{directory + ": no video-0.ivf and audio-0.ivf"};
  return out;
}

}  // namespace sluice::loadgen
