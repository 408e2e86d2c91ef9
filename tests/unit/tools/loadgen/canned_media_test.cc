// Media files, and how their frames travel with a mark behind them.
#include "tools/loadgen/canned_media.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/wire/vp8.h"
#include "tools/loadgen/mark.h"
#include "tools/loadgen/payload_format.h"
#include "tools/loadgen/rtp_source.h"

namespace sluice::loadgen {
namespace {

std::string le32(std::size_t v) {
  std::string out;
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(v >> (8 * i) & 0xff));
  return out;
}

std::string ivf(const std::string& fourcc, const std::vector<std::string>& frames) {
  std::string out = std::string("DKIF") + std::string("\0\0\x20\0", 4) + fourcc;
  out.resize(32);
  for (const std::string& f : frames) out += le32(f.size()) + std::string(8, '\0') + f;
  return out;
}

const std::string key_frame("\x10\x02\x00\x9d\x01\x2a\xa0\x00\x5a\x00rest", 14);
const std::string delta_frame("\x11\x02\x00rest", 7);
const std::string opus_packet("\x78voice", 6);

std::string fault_of(const std::string& file, const std::string& fourcc = "VP80") {
  const wire::ByteView bytes(reinterpret_cast<const uint8_t*>(file.data()), file.size());
  const auto frames = parse_ivf(bytes, fourcc, "f.ivf");
  return frames ? "" : frames.error().message;
}

struct Directory {
  Directory() {
    std::string name = testing::TempDir() + "sluice_canned_XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path = name;
  }
  ~Directory() { std::filesystem::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name, std::ios::binary) << text;
  }
  std::string fault() const {
    const auto media = load_canned_media(path);
    return media ? "" : media.error().message.substr(path.size());
  }
  std::string path;
};

TEST(CannedMedia, WhatIsNoUseIsNamed) {
  EXPECT_EQ(fault_of(ivf("VP80", {key_frame, delta_frame})), "");
  EXPECT_EQ(fault_of("DKIF"), "f.ivf: no IVF file");
  EXPECT_EQ(fault_of(std::string(64, 'x')), "f.ivf: no IVF file");
  EXPECT_EQ(fault_of(ivf("VP90", {key_frame})), "f.ivf: not of the codec VP80");
  EXPECT_EQ(fault_of(ivf("VP80", {})), "f.ivf: no frame");
  EXPECT_EQ(fault_of(ivf("VP80", {key_frame, ""})), "f.ivf: frame 1: empty");
  const std::string whole = ivf("VP80", {key_frame, delta_frame});
  EXPECT_EQ(fault_of(whole.substr(0, whole.size() - 1)), "f.ivf: frame 1: cut off");
  EXPECT_EQ(fault_of(whole.substr(0, whole.size() - 10)), "f.ivf: frame 1: cut off");
  EXPECT_NE(fault_of(ivf("VP80", {std::string(2'000, 'x')})).find("do not fit one packet"),
            std::string::npos);
}

TEST(CannedMedia, ADirectoryHoldsPairs) {
  const Directory directory;
  EXPECT_EQ(directory.fault(), ": no video-0.ivf and audio-0.ivf");
  directory.write("video-0.ivf", ivf("VP80", {key_frame, delta_frame}));
  EXPECT_EQ(directory.fault(), ": no video-0.ivf and audio-0.ivf");
  directory.write("audio-0.ivf", ivf("OPUS", {opus_packet}));
  directory.write("video-1.ivf", ivf("VP80", {key_frame}));
  directory.write("audio-1.ivf", ivf("OPUS", {opus_packet, opus_packet}));
  const auto media = load_canned_media(directory.path);
  ASSERT_TRUE(media) << media.error().message;
  ASSERT_EQ(media->size(), 2U);
  EXPECT_EQ(media->at(0).video.size(), 2U);
  EXPECT_EQ(media->at(1).audio.size(), 2U);
  directory.write("video-1.ivf", ivf("VP80", {delta_frame}));
  EXPECT_EQ(directory.fault(), "/video-1.ivf: frame 0: no key frame");
  directory.write("video-1.ivf", ivf("VP80", {key_frame}));
  directory.write("audio-1.ivf", ivf("OPUS", {opus_packet, "\x7bseveral"}));
  EXPECT_EQ(directory.fault(), "/audio-1.ivf: frame 1: a packet of several Opus frames");
}

TEST(CannedMedia, AFrameTravelsWholeWithAMarkBehindIt) {
  const auto bytes_of = [](const std::string& s) {
    return wire::ByteView(reinterpret_cast<const uint8_t*>(s.data()), s.size());
  };
  std::array<uint8_t, 256> out;
  std::size_t length = write_frame(out, Codec::vp8, 77, bytes_of(key_frame), mark_length);
  write_mark(wire::ByteSpan(out).subspan(length, mark_length), {.publisher = 4, .number = 9});
  wire::ByteView payload(out.data(), length + mark_length);
  const auto vp8 = wire::parse_vp8(payload);
  ASSERT_TRUE(vp8);
  EXPECT_TRUE(vp8->key_frame);
  EXPECT_EQ(vp8->picture_id, 77);
  EXPECT_EQ(vp8->width, 160);
  auto prefix = parse_frame(payload, Codec::vp8, mark_length);
  ASSERT_TRUE(prefix);
  EXPECT_TRUE(prefix->key_frame);
  EXPECT_EQ(read_mark(payload.subspan(prefix->length))->publisher, 4);

  // RFC 6716 s3.2.5: code 3, one frame, padding.
  length = write_frame(out, Codec::opus, 0, bytes_of(opus_packet), mark_length);
  EXPECT_EQ(std::string(out.begin(), out.begin() + static_cast<long>(length)),
            std::string("\x7b\x41\x20voice"));
  payload = wire::ByteView(out.data(), length + mark_length);
  prefix = parse_frame(payload, Codec::opus, mark_length);
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->length, length);
  EXPECT_FALSE(parse_frame(payload.first(20), Codec::opus, mark_length));
}

}  // namespace
}  // namespace sluice::loadgen
