// Payload descriptors of VP8, VP9, H.264 and AV1.
#include <gtest/gtest.h>

#include "common/wire/av1.h"
#include "common/wire/h264.h"
#include "common/wire/vp8.h"
#include "common/wire/vp9.h"
#include "tests/unit/wire/hex.h"

namespace sluice::wire {
namespace {

TEST(Vp8, ReadsAKeyFrame) {
  auto b = from_hex("90f0 8123 45 2f 5002009d012a8002e0c1");
  const auto v = parse_vp8(b);
  ASSERT_TRUE(v);
  EXPECT_TRUE(v->start_of_frame());
  EXPECT_TRUE(v->key_frame);
  EXPECT_EQ(v->width, 640);
  EXPECT_EQ(v->height, 480) << "the upper two bits are scaling";
  EXPECT_EQ(v->picture_id, 0x123);
  EXPECT_EQ(v->picture_id_length, 2);
  EXPECT_EQ(v->picture_id_offset, 2);
  EXPECT_EQ(v->tl0picidx, 0x45);
  EXPECT_EQ(v->tl0picidx_offset, 4);
  EXPECT_TRUE(v->has_tid);
  EXPECT_EQ(v->tid, 0);
  EXPECT_TRUE(v->layer_sync);
  EXPECT_EQ(v->key_idx, 15);
  EXPECT_EQ(v->descriptor_length, 6);
  patch_vp8_picture_id(b.data(), *v, 0x7fff);
  patch_vp8_tl0picidx(b.data(), *v, 0x46);
  EXPECT_EQ(hex_of(ByteView(b).first(6)), "90f0ffff462f");
}

TEST(Vp8, ReadsTheShortForms) {
  const auto plain = parse_vp8(from_hex("10 01"));
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->key_frame) << "P is set";
  EXPECT_EQ(plain->picture_id_offset, 0);
  auto b = from_hex("b0 80 12 01");
  const auto v = parse_vp8(b);
  ASSERT_TRUE(v);
  EXPECT_TRUE(v->non_reference);
  EXPECT_EQ(v->picture_id_length, 1);
  patch_vp8_picture_id(b.data(), *v, 0x1ff);
  EXPECT_EQ(hex_of(b), "b0807f01") << "seven bits, M stays clear";
  const auto temporal = parse_vp8(from_hex("90 20 a0 01"));
  ASSERT_TRUE(temporal);
  EXPECT_EQ(temporal->tid, 2);
  EXPECT_TRUE(temporal->layer_sync);
  EXPECT_EQ(temporal->key_idx, 0) << "K is clear";
}

TEST(Vp8, OnlyTheFirstPacketTellsAKeyFrame) {
  EXPECT_FALSE(parse_vp8(from_hex("00 00 00 00"))->key_frame) << "not the start of a partition";
  EXPECT_FALSE(parse_vp8(from_hex("11 00 00 00"))->key_frame) << "start of partition 1";
  const auto cut = parse_vp8(from_hex("10 00 00 00 9d 01"));
  EXPECT_TRUE(cut->key_frame);
  EXPECT_EQ(cut->width, 0);
}

TEST(Vp9, ReadsNonFlexibleModeWithStructure) {
  auto b = from_hex("aa 8123 00 07 58 0140 00b4 0280 0168 0500 02d0 02 10 24 01 aabb");
  const auto v = parse_vp9(b);
  ASSERT_TRUE(v);
  EXPECT_TRUE(v->key_frame());
  EXPECT_FALSE(v->end_of_frame);
  EXPECT_EQ(v->picture_id, 0x123);
  EXPECT_EQ(v->tl0picidx, 7);
  EXPECT_EQ(v->tl0picidx_offset, 4);
  EXPECT_EQ(v->spatial_layers, 3);
  EXPECT_EQ(v->sizes[2].width, 1280);
  EXPECT_EQ(v->sizes[2].height, 720);
  EXPECT_EQ(v->descriptor_length, b.size() - 2);
  patch_vp9_picture_id(b.data(), *v, 0x7ffe);
  patch_vp9_tl0picidx(b.data(), *v, 8);
  EXPECT_EQ(hex_of(ByteView(b).first(5)), "aafffe0008");
}

TEST(Vp9, ReadsFlexibleMode) {
  const auto v = parse_vp9(from_hex("fd 12 53 03 04 aa"));
  ASSERT_TRUE(v);
  EXPECT_TRUE(v->flexible && v->inter_predicted && v->start_of_frame && v->end_of_frame &&
              v->not_reference);
  EXPECT_EQ(v->picture_id, 0x12);
  EXPECT_EQ(v->tid, 2);
  EXPECT_TRUE(v->switching_up);
  EXPECT_EQ(v->sid, 1);
  EXPECT_TRUE(v->inter_layer);
  EXPECT_EQ(v->tl0picidx_offset, 0);
  ASSERT_EQ(v->reference_count, 2);
  EXPECT_EQ(v->references[0], 1);
  EXPECT_EQ(v->references[1], 2);
  EXPECT_FALSE(v->key_frame());
}

TEST(Vp9, UpperLayersOfAKeyPictureAreNoKeyFrames) {
  EXPECT_TRUE(parse_vp9(from_hex("28 00 07 aa"))->key_frame());
  EXPECT_FALSE(parse_vp9(from_hex("28 03 07 aa"))->key_frame());
}

TEST(Vp9, RefusesAFourthReferenceAndAStructureCutShort) {
  EXPECT_TRUE(parse_vp9(from_hex("50 03 05 06 aa")));
  EXPECT_FALSE(parse_vp9(from_hex("50 03 05 07 08 aa")));
  EXPECT_FALSE(parse_vp9(from_hex("0a 18 0140 00")));
  EXPECT_FALSE(parse_vp9(from_hex("0a 08 ff 0c 0102 0c")));
}

TEST(H264, TellsKeyFrames) {
  struct Row {
    const char* why;
    const char* hex;
    bool key_frame;
  };
  const Row rows[] = {
      {"IDR slice", "65888421", true},
      {"SPS", "6742c01e", true},
      {"PPS alone", "68ce3c80", false},
      {"other slice", "419a02", false},
      {"STAP-A with SPS, PPS", "78 0004 67420034 0002 68ce", true},
      {"STAP-A of slices", "78 0002 4101 0002 4102", false},
      {"STAP-A whose second is IDR", "78 0002 0600 0001 65", true},
      {"FU-A start of IDR", "7c8588", true},
      {"FU-A middle of IDR", "7c0588", false},
      {"FU-A start of a slice", "5c8188", false},
  };
  for (const auto& row : rows) {
    const auto v = parse_h264(from_hex(row.hex));
    ASSERT_TRUE(v) << row.why;
    EXPECT_EQ(v->key_frame(), row.key_frame) << row.why;
  }
}

TEST(H264, FragmentsKnowTheirEnds) {
  const auto start = parse_h264(from_hex("7c8588")), end = parse_h264(from_hex("7c4588"));
  EXPECT_TRUE(start->start_of_nal && !start->end_of_nal);
  EXPECT_TRUE(!end->start_of_nal && end->end_of_nal);
  EXPECT_EQ(end->nal_type, h264_nal_idr);
  EXPECT_EQ(start->nri, 3);
}

TEST(H264, RefusesWhatDoesNotAddUp) {
  for (const char* hex : {"", "7c", "78", "78 00", "78 0003 6742", "78 0000", "79 0000 0001 65",
                          "60", "7d 8588 0000"}) {
    EXPECT_FALSE(parse_h264(from_hex(hex))) << hex;
  }
}

TEST(Av1, AggregationHeader) {
  const auto key = parse_av1(from_hex("28 0a0b"));
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->key_frame());
  EXPECT_EQ(key->obu_count, 2);
  const auto middle = parse_av1(from_hex("d0 aa"));
  ASSERT_TRUE(middle);
  EXPECT_TRUE(middle->continues && middle->continued && !middle->key_frame());
  EXPECT_FALSE(parse_av1(from_hex("88 aa")))
      << "a new sequence cannot begin with the rest of an OBU";
  EXPECT_FALSE(parse_av1(from_hex("28")));
}

}  // namespace
}  // namespace sluice::wire
