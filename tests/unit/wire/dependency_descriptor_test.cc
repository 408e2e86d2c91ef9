#include "common/wire/dependency_descriptor.h"

#include <gtest/gtest.h>

#include "common/wire/bits.h"
#include "tests/unit/wire/hex.h"

namespace sluice::wire {
namespace {

// Bits in the order of the specification.
class Bits {
 public:
  Bits& add(unsigned count, uint32_t value) {
    for (unsigned i = count; i-- > 0;) {
      if (used_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() = static_cast<uint8_t>(bytes_.back() | (value >> i & 1) << (7 - used_ % 8));
      used_++;
    }
    return *this;
  }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
  std::size_t used_ = 0;
};

TEST(BitReader, ReadsAcrossBytesAndFailsForGood) {
  const auto b = from_hex("a5f00f");
  BitReader r(b);
  EXPECT_EQ(r.bits(3), 5u);
  EXPECT_EQ(r.bits(13), 0x05f0u);
  EXPECT_EQ(r.remaining(), 8u);
  EXPECT_EQ(r.bits(9), 0u);
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(r.bits(1), 0u);
  const auto wide = from_hex("0123456789");
  BitReader w(wide);
  w.bits(4);
  EXPECT_EQ(w.bits(32), 0x12345678u);
}

TEST(BitReader, NonSymmetricNumbers) {
  // The table of A.4.1 for n = 5: 00 01 10 110 111.
  const auto bytes = Bits().add(2, 0).add(2, 1).add(2, 2).add(3, 6).add(3, 7).bytes();
  BitReader r(bytes);
  for (uint32_t want = 0; want < 5; want++) EXPECT_EQ(r.non_symmetric(5), want);
  EXPECT_EQ(r.non_symmetric(1), 0u) << "takes no bits";
}

// L1T3, as a browser sent it.
constexpr const char* l1t3 = "80012f800214eaa860414d1410208426";

TEST(DependencyDescriptor, ReadsABrowsersStructure) {
  DependencyStructure s;
  const auto d = parse_dependency_descriptor(from_hex(l1t3), s);
  ASSERT_TRUE(d);
  EXPECT_TRUE(d->start_of_frame && !d->end_of_frame && d->has_structure && d->key_frame() &&
              d->resolved);
  EXPECT_EQ(d->frame_number, Seq16(303));
  EXPECT_EQ(d->active_targets, 7u);
  EXPECT_EQ(s.template_count, 5);
  EXPECT_EQ(s.decode_target_count, 3);
  EXPECT_EQ(s.chain_count, 1);
  EXPECT_EQ(s.spatial_layers, 1);
  EXPECT_EQ(s.temporal_layers, 3);
  const uint8_t temporal[] = {0, 0, 1, 2, 2}, chains[] = {0, 4, 2, 1, 3};
  for (std::size_t t = 0; t < 5; t++) {
    EXPECT_EQ(s.templates[t].temporal_id, temporal[t]) << t;
    EXPECT_EQ(s.templates[t].chain_diffs[0], chains[t]) << t;
  }
  EXPECT_EQ(s.templates[2].dtis[0], Dti::not_present);
  EXPECT_EQ(s.templates[2].dtis[1], Dti::discardable);
  EXPECT_EQ(s.templates[2].dtis[2], Dti::switching);
  for (uint8_t i = 0; i < 3; i++) {
    EXPECT_EQ(s.target_temporal_id[i], i);
    EXPECT_EQ(s.target_spatial_id[i], 0);
    EXPECT_EQ(s.protected_by[i], 0);
  }
}

TEST(DependencyDescriptor, ReadsABrowsersResolution) {
  DependencyStructure s;
  const auto d = parse_dependency_descriptor(from_hex("80000180003a40813f80ef80"), s);
  ASSERT_TRUE(d);
  EXPECT_EQ(s.template_count, 2);
  EXPECT_EQ(s.chain_count, 0);
  EXPECT_EQ(s.sizes[0].width, 640);
  EXPECT_EQ(s.sizes[0].height, 480);
}

TEST(DependencyDescriptor, LaterFramesTakeTheirTemplate) {
  DependencyStructure s;
  ASSERT_TRUE(parse_dependency_descriptor(from_hex(l1t3), s));
  const auto d = parse_dependency_descriptor(from_hex("c20130"), s);
  ASSERT_TRUE(d);
  EXPECT_TRUE(d->start_of_frame && d->end_of_frame && d->resolved && !d->has_structure);
  EXPECT_EQ(d->template_id, 2);
  EXPECT_EQ(d->frame_number, Seq16(304));
  EXPECT_EQ(d->temporal_id, 1);
  EXPECT_EQ(d->dtis[2], Dti::switching);
  EXPECT_EQ(d->chain_diffs[0], 2);
  EXPECT_FALSE(d->active_targets);
}

TEST(DependencyDescriptor, WithoutItsStructureAFrameIsUnresolved) {
  DependencyStructure s;
  const auto bare = parse_dependency_descriptor(from_hex("c20130"), s);
  ASSERT_TRUE(bare);
  EXPECT_FALSE(bare->resolved);
  ASSERT_TRUE(parse_dependency_descriptor(from_hex(l1t3), s));
  const auto stray = parse_dependency_descriptor(from_hex("c50130"), s);
  ASSERT_TRUE(stray);
  EXPECT_FALSE(stray->resolved) << "template 5 of 5";
}

TEST(DependencyDescriptor, CustomValuesReplaceTheTemplates) {
  DependencyStructure s;
  ASSERT_TRUE(parse_dependency_descriptor(from_hex(l1t3), s));
  Bits b;
  b.add(1, 1).add(1, 1).add(6, 1).add(16, 305);
  b.add(5, 0b01111);                                       // active targets, DTIs, diffs, chains
  b.add(3, 0b011);                                         // active targets
  b.add(2, 3).add(2, 1).add(2, 0);                         // DTIs
  b.add(2, 1).add(4, 7).add(2, 3).add(12, 999).add(2, 0);  // frame diffs of 4 and 12 bits
  b.add(8, 200);                                           // chain
  const auto d = parse_dependency_descriptor(b.bytes(), s);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->active_targets, 3u);
  EXPECT_EQ(d->dtis[0], Dti::required);
  EXPECT_EQ(d->dtis[1], Dti::discardable);
  EXPECT_EQ(d->dtis[2], Dti::not_present);
  EXPECT_TRUE(d->custom_chains);
  EXPECT_EQ(d->chain_diffs[0], 200);
}

// Mandatory fields, flags, and the head of a structure with one decode target.
Bits structure_head(uint32_t template_id, uint32_t offset) {
  Bits b;
  b.add(1, 1).add(1, 1).add(6, template_id).add(16, 1).add(5, 0b10000).add(6, offset).add(5, 0);
  return b;
}

TEST(DependencyDescriptor, TemplateIdsWrapAt64) {
  Bits b = structure_head(1, 62);
  for (int i = 0; i < 3; i++) b.add(2, 0);
  b.add(2, 3);                              // four templates: ids 62, 63, 0, 1
  for (int i = 0; i < 4; i++) b.add(2, 2);  // DTIs
  b.add(4, 0).add(1, 0).add(1, 0);          // no diffs, no chains, no sizes
  DependencyStructure s;
  const auto d = parse_dependency_descriptor(b.bytes(), s);
  ASSERT_TRUE(d);
  EXPECT_EQ(s.find(62), &s.templates[0]);
  EXPECT_EQ(s.find(1), &s.templates[3]);
  EXPECT_EQ(s.find(2), nullptr);
  EXPECT_EQ(s.find(61), nullptr);
}

TEST(DependencyDescriptor, LimitsHoldAndTheOldStructureStays) {
  DependencyStructure s;
  ASSERT_TRUE(parse_dependency_descriptor(from_hex(l1t3), s));
  const auto refuse = [&](const Bits& b, const char* why) {
    EXPECT_FALSE(parse_dependency_descriptor(b.bytes(), s)) << why;
    EXPECT_EQ(s.template_count, 5) << why;
  };
  Bits templates = structure_head(0, 0);
  for (int i = 0; i < 64; i++) templates.add(2, 0);
  refuse(templates.add(2, 3).add(32, 0), "65 templates");
  Bits spatial = structure_head(0, 0);
  for (int i = 0; i < 4; i++) spatial.add(2, 2);
  refuse(spatial.add(2, 3).add(32, 0), "5 spatial layers");
  Bits temporal = structure_head(0, 0);
  for (int i = 0; i < 8; i++) temporal.add(2, 1);
  refuse(temporal.add(2, 3).add(32, 0), "9 temporal layers");
  refuse(structure_head(9, 0).add(2, 3).add(2, 2).add(32, 0), "its own template is not in it");
  refuse(structure_head(0, 0), "cut short");
  EXPECT_TRUE(
      parse_dependency_descriptor(structure_head(0, 0).add(2, 3).add(2, 2).add(3, 0).bytes(), s));
  EXPECT_EQ(s.template_count, 1);
}

}  // namespace
}  // namespace sluice::wire
