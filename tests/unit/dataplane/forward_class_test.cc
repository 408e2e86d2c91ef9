// What a class makes of a track: once per packet, for all its receivers.
#include "dataplane/forward_class.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "common/wire/rtp.h"
#include "common/wire/rtp_extension.h"
#include "common/wire/vp8.h"

namespace sluice::dataplane {
namespace {

// Two temporal layers of VP8, a packet a picture: T0 T1 T0 T1 ...
class ForwardClassTest : public testing::Test {
 protected:
  static constexpr uint32_t packets = 256, bytes = 256U << 10;

  ForwardClassTest()
      : storage_(log_storage_size(packets, bytes) + 64),
        ring_(packets),
        payloads_(packets * class_payload_max) {
    void* at = storage_.data();
    std::size_t room = storage_.size();
    log_.open(std::align(64, log_storage_size(packets, bytes), at, room), packets, bytes, 1);
    class_.ring = ring_.data();
    class_.payloads = payloads_.data();
    class_.mask = packets - 1;
    shape_.payloads[static_cast<std::size_t>(Codec::vp8)] = {100, 0};
  }

  void feed(uint64_t index) {
    const bool key = index == first_;
    std::vector<uint8_t> payload{0x90,
                                 0xe0,
                                 static_cast<uint8_t>(0x80 | index >> 8),
                                 static_cast<uint8_t>(index),
                                 static_cast<uint8_t>(index / 2),
                                 static_cast<uint8_t>((index & 1) << 6),
                                 static_cast<uint8_t>(key ? 0 : 1)};
    payload.resize(200, static_cast<uint8_t>(index));
    LogEntry e;
    uint8_t* to = log_.claim(static_cast<uint32_t>(payload.size()), &e.byte_start);
    std::memcpy(to, payload.data(), payload.size());
    e.index = index;
    e.arrival = static_cast<TimeNs>(index) * ns_per_ms;
    e.timestamp = static_cast<uint32_t>(index * 3'000);
    e.payload_length = static_cast<uint16_t>(payload.size());
    e.codec = Codec::vp8;
    e.flags = static_cast<uint8_t>(log_marker | log_frame_start | (key ? log_key_frame : 0));
    e.temporal = index & 1;
    log_.commit(e);
    forward(class_, shape_, log_, e, MediaKind::video, 0xc5c5, 1);
  }
  const ClassPacket& packet(uint64_t position) const { return ring_[position & class_.mask]; }
  wire::Vp8View vp8(uint64_t position) const {
    const ClassPacket& p = packet(position);
    const auto v = wire::parse_vp8({p.payload, p.payload_length});
    EXPECT_TRUE(v);
    return v.value_or(wire::Vp8View{});
  }
  bool is_copy(uint64_t position) const {
    return packet(position).payload >= payloads_.data() &&
           packet(position).payload < payloads_.data() + payloads_.size();
  }

  static constexpr uint64_t first_ = 1'000;
  std::vector<uint8_t> storage_;
  TrackLog log_;
  std::vector<ClassPacket> ring_;
  std::vector<uint8_t> payloads_;
  Template shape_;
  ForwardClass class_;
};

TEST_F(ForwardClassTest, forwards_every_layer_from_the_log_itself) {
  for (uint64_t i = 0; i < 10; ++i) feed(first_ + i);
  ASSERT_EQ(class_.head, 10u);
  for (uint64_t i = 0; i < 10; ++i) {
    EXPECT_FALSE(is_copy(i));
    EXPECT_EQ(vp8(i).picture_id, first_ + i);
  }
}

TEST_F(ForwardClassTest, leaves_no_gap_where_it_leaves_a_layer_out) {
  class_.key.temporal_cap = 0;
  for (uint64_t i = 0; i < 20; ++i) feed(first_ + i);
  ASSERT_EQ(class_.head, 10u);
  for (uint64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(packet(i).index, packet(0).index + i);
    EXPECT_EQ(vp8(i).picture_id, first_ + i);
    EXPECT_EQ(vp8(i).tl0picidx, static_cast<uint8_t>(first_ / 2 + i));
    EXPECT_EQ(is_copy(i), i != 0);
    // The rest of the payload is the source's.
    EXPECT_EQ(packet(i).payload[150], static_cast<uint8_t>(first_ + 2 * i));
  }
}

TEST_F(ForwardClassTest, has_room_for_a_transport_wide_number_where_it_says) {
  shape_.extensions.transport_cc = 5;
  shape_.extensions.audio_level = 1;
  feed(first_);
  ASSERT_EQ(class_.head, 1u);
  const ClassPacket& p = packet(0);
  std::vector<uint8_t> whole(p.header.begin(), p.header.begin() + p.header_length);
  ASSERT_NE(p.transport_at, 0);
  ASSERT_LT(p.transport_at + 2, 64) << "in the line that every visit writes";
  wire::store_be16(whole.data() + p.transport_at, 0xbeef);
  whole.insert(whole.end(), p.payload, p.payload + p.payload_length);
  const auto rtp = wire::parse_rtp(whole);
  ASSERT_TRUE(rtp);
  const wire::ByteView number = wire::find_rtp_extension(*rtp, 5);
  ASSERT_EQ(number.size(), 2u);
  EXPECT_EQ(wire::load_be16(number.data()), 0xbeef);
  shape_.extensions.transport_cc = 0;
  feed(first_ + 1);
  EXPECT_EQ(packet(1).transport_at, 0);
}

}  // namespace
}  // namespace sluice::dataplane
