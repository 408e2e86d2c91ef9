// RTP header, extension elements, their values, and RTX.
#include "common/wire/rtp.h"

#include <gtest/gtest.h>

#include <array>

#include "common/wire/rtp_extension.h"
#include "common/wire/rtp_extension_values.h"
#include "common/wire/rtx.h"
#include "tests/unit/wire/hex.h"

namespace sluice::wire {
namespace {

TEST(Rtp, ReadsEveryField) {
  const auto b =
      from_hex("b2e0fffe 12345678 cafebabe 00000001 00000002 bede0001 10ff0000 aabb 000003");
  const auto v = parse_rtp(b);
  ASSERT_TRUE(v);
  EXPECT_TRUE(v->marker());
  EXPECT_EQ(v->payload_type(), PayloadType(96));
  EXPECT_EQ(v->seq(), Seq16(0xfffe));
  EXPECT_EQ(v->timestamp(), 0x12345678u);
  EXPECT_EQ(v->ssrc(), Ssrc(0xcafebabe));
  ASSERT_EQ(v->csrc_count(), 2u);
  EXPECT_EQ(v->csrc(1), 2u);
  EXPECT_EQ(v->extension_profile, rtp_extension_one_byte);
  EXPECT_EQ(hex_of(v->extension()), "10ff0000");
  EXPECT_EQ(v->padding_length, 3);
  EXPECT_EQ(hex_of(v->payload()), "aabb");
}

TEST(Rtp, PaddingMustFit) {
  EXPECT_TRUE(parse_rtp(from_hex("a0600001 00000000 00000000 00000004"))) << "padding only";
  EXPECT_FALSE(parse_rtp(from_hex("a0600001 00000000 00000000 00000005")))
      << "reaches into the header";
  EXPECT_FALSE(parse_rtp(from_hex("a0600001 00000000 00000000 00000000"))) << "counts nothing";
  EXPECT_FALSE(parse_rtp(from_hex("a0600001 00000000 00000000"))) << "no byte to count";
  EXPECT_TRUE(parse_rtp_header(from_hex("a0600001 00000000 00000000 00000005")))
      << "may be ciphertext";
}

TEST(Rtp, RefusesHeadersThatDoNotFit) {
  EXPECT_FALSE(parse_rtp_header(from_hex("40600001 00000000 00000000"))) << "version 1";
  EXPECT_FALSE(parse_rtp_header(from_hex("81600001 00000000 00000000 000000"))) << "CSRC cut short";
  EXPECT_FALSE(parse_rtp_header(from_hex("90600001 00000000 00000000 bede00")))
      << "extension head cut short";
  EXPECT_FALSE(parse_rtp_header(from_hex("90600001 00000000 00000000 bede0001 000000")))
      << "block cut short";
  EXPECT_FALSE(parse_rtp_header(from_hex("90600001 00000000 00000000 bedeffff 00000000")))
      << "longest block";
}

TEST(Rtp, PatchesInPlace) {
  auto b = from_hex("80600001 00000000 00000000");
  patch_rtp_marker(b.data(), true);
  patch_rtp_payload_type(b.data(), PayloadType(111));
  patch_rtp_seq(b.data(), Seq16(0xffff));
  patch_rtp_timestamp(b.data(), 0x01020304);
  patch_rtp_ssrc(b.data(), Ssrc(0x0a0b0c0d));
  EXPECT_EQ(hex_of(b), "80efffff010203040a0b0c0d");
  patch_rtp_marker(b.data(), false);
  EXPECT_EQ(b[1], 111);
}

TEST(Rtp, TheHeaderWriterKnowsItsLimits) {
  std::vector<uint8_t> out(80);
  const std::array<uint32_t, 16> csrcs{};
  RtpHeaderFields f{.payload_type = PayloadType(96), .csrcs = std::span(csrcs).first(15)};
  EXPECT_EQ(write_rtp_header(out, f), 72u);
  EXPECT_EQ(write_rtp_header(ByteSpan(out).first(71), f), 0u);
  f.csrcs = csrcs;
  EXPECT_EQ(write_rtp_header(out, f), 0u);
}

std::vector<std::pair<int, std::string>> elements(uint16_t profile, std::string_view hex,
                                                  bool* ok = nullptr) {
  const auto block = from_hex(hex);
  RtpExtensionReader reader(profile, block);
  RtpExtensionElement e;
  std::vector<std::pair<int, std::string>> out;
  while (reader.next(e)) out.emplace_back(e.id, hex_of(e.data));
  if (ok != nullptr) *ok = reader.ok();
  return out;
}

using Elements = std::vector<std::pair<int, std::string>>;

TEST(RtpExtension, OneByteForm) {
  // RFC 8285 s4.2: padding between and behind elements.
  EXPECT_EQ(elements(0xbede, "10aa 00 21bbcc 0000"), (Elements{{1, "aa"}, {2, "bbcc"}}));
  EXPECT_EQ(elements(0xbede, "10aa f0 10bb"), (Elements{{1, "aa"}})) << "id 15 stops";
  EXPECT_EQ(elements(0xbede, "10aa 01 10bb"), (Elements{{1, "aa"}})) << "id 0 with a length stops";
  bool ok = true;
  EXPECT_EQ(elements(0xbede, "10aa 23bbcc", &ok), (Elements{{1, "aa"}}));
  EXPECT_FALSE(ok) << "runs over the end";
}

TEST(RtpExtension, TwoByteForm) {
  EXPECT_EQ(elements(0x1000, "0101aa 00 c800 0f02bbcc"),
            (Elements{{1, "aa"}, {200, ""}, {15, "bbcc"}}));
  EXPECT_EQ(elements(0x100f, "0101aa 00"), (Elements{{1, "aa"}})) << "appbits";
  bool ok = true;
  EXPECT_EQ(elements(0x1000, "0101aa 02", &ok), (Elements{{1, "aa"}}));
  EXPECT_FALSE(ok) << "no length";
}

TEST(RtpExtension, AnotherProfileHasNoElements) {
  EXPECT_TRUE(elements(0xabac, "10aa0000").empty());
}

TEST(RtpExtension, WritesABlockBehindAHeader) {
  std::vector<uint8_t> out(64);
  const std::size_t head = write_rtp_header(out, {.payload_type = PayloadType(96)});
  RtpExtensionWriter w(out, head);
  EXPECT_TRUE(w.add(1, from_hex("aa")));
  uint8_t* seq = w.claim(3, 2);
  ASSERT_NE(seq, nullptr);
  store_be16(seq, 0x0102);
  const std::size_t length = w.finish();
  EXPECT_EQ(length, 24u);
  EXPECT_EQ(hex_of(ByteView(out).subspan(12, 12)), "bede000210aa310102000000");
  const auto v = parse_rtp(ByteView(out).first(length));
  ASSERT_TRUE(v);
  EXPECT_EQ(hex_of(find_rtp_extension(*v, 3)), "0102");
  EXPECT_EQ(find_rtp_extension(*v, 4).data(), nullptr);
}

TEST(RtpExtension, AnEmptyBlockIsNotWritten) {
  std::vector<uint8_t> out(12);
  const std::size_t head = write_rtp_header(out, {.payload_type = PayloadType(96)});
  RtpExtensionWriter w(out, head);
  EXPECT_EQ(w.finish(), head);
  EXPECT_EQ(out[0], 0x80);
}

TEST(RtpExtension, WhatTheFormCannotSayFails) {
  struct Row {
    bool two_byte;
    uint8_t id;
    std::size_t length;
    bool fits;
  };
  for (const Row& row :
       {Row{false, 14, 16, true}, Row{false, 15, 1, false}, Row{false, 0, 1, false},
        Row{false, 1, 0, false}, Row{false, 1, 17, false}, Row{true, 15, 0, true},
        Row{true, 255, 255, true}, Row{true, 0, 1, false}, Row{true, 1, 256, false}}) {
    std::vector<uint8_t> out(400);
    const std::size_t head = write_rtp_header(out, {.payload_type = PayloadType(96)});
    RtpExtensionWriter w(out, head, row.two_byte);
    EXPECT_EQ(w.add(row.id, std::vector<uint8_t>(row.length)), row.fits)
        << int{row.id} << " " << row.length;
    EXPECT_EQ(w.finish() != 0, row.fits);
  }
  for (std::size_t room = 12; room < 20; room++) {
    std::vector<uint8_t> out(room);
    RtpExtensionWriter w(out, write_rtp_header(out, {.payload_type = PayloadType(96)}));
    w.add(1, from_hex("aa"));
    EXPECT_EQ(w.finish(), 0u) << room;
  }
}

TEST(RtpExtensionValues, AudioLevel) {
  EXPECT_TRUE(parse_audio_level(from_hex("95"))->voice);
  EXPECT_EQ(parse_audio_level(from_hex("95"))->level, 21);
  EXPECT_EQ(pack_audio_level({true, 21}), 0x95);
  EXPECT_FALSE(parse_audio_level({}));
}

TEST(RtpExtensionValues, Numbers) {
  EXPECT_EQ(parse_transport_seq(from_hex("0102")), 0x0102);
  EXPECT_EQ(parse_transport_seq(from_hex("01020001")), 0x0102);
  EXPECT_FALSE(parse_transport_seq(from_hex("010203")));
  EXPECT_EQ(parse_abs_send_time(from_hex("010203")), 0x010203u);
  EXPECT_FALSE(parse_abs_send_time(from_hex("0102")));
  // 6.18 fixed point: one second is 2^18.
  EXPECT_EQ(abs_send_time_from_ntp(uint64_t{1} << 32), 1u << 18);
  EXPECT_EQ(abs_send_time_from_ntp(uint64_t{64} << 32), 0u) << "wraps every 64 s";
  EXPECT_EQ(*parse_sdes_text(from_hex("6d6964")), "mid");
  EXPECT_FALSE(parse_sdes_text({}));
}

TEST(RtpExtensionValues, CaptureTimeAndOrientation) {
  std::array<uint8_t, 16> out;
  ASSERT_EQ(write_abs_capture_time(out, {.ntp = 0x0102030405060708, .clock_offset = -1}), 16u);
  EXPECT_EQ(hex_of(out), "0102030405060708ffffffffffffffff");
  EXPECT_EQ(parse_abs_capture_time(out)->clock_offset, -1);
  EXPECT_FALSE(parse_abs_capture_time(ByteView(out).first(8))->clock_offset);
  EXPECT_FALSE(parse_abs_capture_time(ByteView(out).first(9)));
  const auto o = parse_video_orientation(from_hex("0f"));
  ASSERT_TRUE(o);
  EXPECT_TRUE(o->back_camera && o->flip && o->rotation == 3);
  EXPECT_EQ(pack_video_orientation(*o), 0x0f);
}

TEST(Rtx, CarriesTheOriginalNumber) {
  std::array<uint8_t, 4> out;
  ASSERT_EQ(write_rtx(out, Seq16(0xfffe), from_hex("aabb")), 4u);
  EXPECT_EQ(hex_of(out), "fffeaabb");
  const auto v = parse_rtx(out);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->original_seq, Seq16(0xfffe));
  EXPECT_EQ(hex_of(v->payload), "aabb");
  EXPECT_FALSE(parse_rtx(from_hex("ff")));
  EXPECT_EQ(write_rtx(ByteSpan(out).first(3), Seq16(1), from_hex("aabb")), 0u);
}

}  // namespace
}  // namespace sluice::wire
