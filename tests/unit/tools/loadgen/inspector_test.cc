#include "tools/loadgen/inspector.h"

#include <gtest/gtest.h>

#include <array>

#include "tools/loadgen/payload_format.h"

namespace sluice::loadgen {
namespace {

constexpr uint32_t own_csrc = 77;
constexpr uint32_t foreign_csrc = 78;
constexpr uint32_t ssrc = 0x1234'5678;

// One packet as Sluice would send it on.
struct Sent {
  uint64_t index = 100;
  uint64_t number = 0;
  uint32_t timestamp_offset = 5'000;
  uint32_t csrc = own_csrc;
  uint16_t publisher = 3;
  bool start = false;
  bool key_frame = false;
  std::size_t size = 200;
};

class InspectorTest : public testing::Test {
 protected:
  InspectorTest()
      : sending_(std::move(*srtp::Engine::create(srtp::EngineKind::multi_buffer))),
        checking_(std::move(*srtp::Engine::create(srtp::EngineKind::libsrtp))) {
    keys_.profile = srtp::Profile::aead_aes_128_gcm;
    keys_.recv.key.fill(7);
    keys_.recv.salt.fill(9);
    key_.emplace(*sending_, keys_.profile, keys_.recv);
    inspector_.emplace(*checking_, keys_, Codec::vp8, false, names_);
  }

  std::vector<uint8_t> packet(const Sent& s) {
    std::array<uint8_t, 64> header;
    const std::array csrcs{s.csrc};
    const auto timestamp = static_cast<uint32_t>(s.number * 3'000);
    const std::size_t head =
        wire::write_rtp_header(header, {.payload_type = PayloadType(96),
                                        .seq = Seq16(static_cast<uint16_t>(s.index)),
                                        .timestamp = timestamp + s.timestamp_offset,
                                        .ssrc = Ssrc(ssrc),
                                        .csrcs = csrcs});
    std::vector<uint8_t> payload(s.size);
    const std::size_t prefix =
        write_prefix(payload, Codec::vp8,
                     {.start_of_frame = s.start, .key_frame = s.key_frame, .picture_id = 1});
    write_mark(wire::ByteSpan(payload).subspan(prefix), {.publisher = s.publisher,
                                                         .kind = MediaKind::video,
                                                         .key_frame = s.key_frame,
                                                         .number = s.number,
                                                         .sent_at = 1'000,
                                                         .timestamp = timestamp});
    if (damage_ != 0) payload[damage_] ^= 1;
    std::vector<uint8_t> out(head + payload.size() + srtp::rtp_overhead(keys_.profile) + 2);
    std::copy_n(header.begin(), head, out.begin());
    const srtp::ProtectJob job{.key = key_->get(),
                               .packet = out.data(),
                               .payload = payload.data(),
                               .header_length = static_cast<uint16_t>(head),
                               .payload_length = static_cast<uint16_t>(payload.size()),
                               .ssrc = Ssrc(ssrc),
                               .index = SrtpIndex(s.index)};
    sending_->protect({&job, 1});
    out.resize(out.size() - 2);
    return out;
  }
  bool show(const std::vector<uint8_t>& bytes, uint64_t index) {
    return inspector_->on_media(*wire::parse_rtp_header(bytes), MediaKind::video, SrtpIndex(index),
                                2'000);
  }
  bool show(const Sent& s) { return show(packet(s), s.index); }
  const Findings& found() const { return inspector_->findings(); }

  std::unique_ptr<srtp::Engine> sending_, checking_;
  SrtpKeys keys_;
  std::optional<ExpandedKey> key_;
  SourceNames names_{{own_csrc, {3, MediaKind::video}}};
  std::optional<Inspector> inspector_;
  std::size_t damage_ = 0;  // byte of the payload that is wrong before it is encrypted
};

TEST_F(InspectorTest, what_is_right_is_not_bad) {
  EXPECT_TRUE(show({.index = 100, .number = 0, .start = true, .key_frame = true}));
  EXPECT_FALSE(show({.index = 101, .number = 1}));
  EXPECT_FALSE(show({.index = 104, .number = 4}));  // a loss that stayed a gap
  EXPECT_EQ(found().packets, 3u);
  EXPECT_EQ(found().bad(), 0u);
  EXPECT_EQ(found().source_switches, 0u);
  EXPECT_EQ(inspector_->highest(3, MediaKind::video), 5u);
}

TEST_F(InspectorTest, a_tag_that_does_not_verify) {
  auto bytes = packet({});
  bytes.back() ^= 1;
  show(bytes, 100);
  EXPECT_EQ(found().unauthentic, 1u);
}

TEST_F(InspectorTest, a_byte_that_was_not_sent) {
  for (const std::size_t at : {5UL, 20UL, 60UL, 199UL}) {
    damage_ = at;
    show({.index = 100 + at, .number = at});
  }
  // Byte 20 is in the time of sending, which nothing can be held against.
  EXPECT_EQ(found().damaged, 3u);
}

TEST_F(InspectorTest, somebody_elses_media) {
  show({.publisher = 4});
  EXPECT_EQ(found().misdelivered, 1u);
}

TEST_F(InspectorTest, of_others_only_the_tag_is_known) {
  show({.csrc = foreign_csrc, .publisher = 4});
  EXPECT_EQ(found().foreign, 1u);
  EXPECT_EQ(found().bad(), 0u);
}

TEST_F(InspectorTest, a_masked_loss) {
  show({.index = 100, .number = 0, .start = true, .key_frame = true});
  show({.index = 101, .number = 2});
  EXPECT_EQ(found().misnumbered, 1u);
}

TEST_F(InspectorTest, a_clock_that_jumps) {
  show({.index = 100, .number = 0, .start = true, .key_frame = true});
  show({.index = 101, .number = 1, .timestamp_offset = 5'001});
  EXPECT_EQ(found().misnumbered, 1u);
}

TEST_F(InspectorTest, a_source_is_switched_at_key_frames) {
  show({.index = 100, .number = 0, .start = true, .key_frame = true});
  show({.index = 101, .number = 50, .start = true, .key_frame = true});
  EXPECT_EQ(found().source_switches, 1u);
  EXPECT_EQ(found().skipped, 49u);
  EXPECT_EQ(found().bad(), 0u);
}

}  // namespace
}  // namespace sluice::loadgen
