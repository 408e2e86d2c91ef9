#include "dataplane/port/frame.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "common/wire/checksum.h"

namespace sluice::dataplane {
namespace {

IpAddress ip(const char* text) {
  return *parse_ip(text);
}
constexpr wire::MacAddress own{{2, 0, 0, 0, 0, 1}}, hop{{2, 0, 0, 0, 0, 9}};

constexpr config::Dscp dscp{.audio = 46, .video = 36, .control = 8};
uint8_t dscp_of(MediaKind kind) {
  return kind == MediaKind::audio ? 46 : kind == MediaKind::video ? 36 : 8;
}

Attachment attachment(uint16_t vlan) {
  Attachment a;
  a.dscp = dscp;
  a.mac = own;
  a.vlan = vlan;
  a.addresses = {{ip("192.0.2.1"), 24}, {ip("2001:db8::1"), 64}};
  return a;
}

// Writes a datagram with the template into a buffer of its own and returns the frame.
std::vector<uint8_t> build(const FrameTemplate& t, const SocketAddress& to,
                           std::vector<uint8_t> payload, MediaKind kind = MediaKind::none) {
  std::vector<uint8_t> buffer(frame_headroom + payload.size(), 0xee);
  uint8_t* at = buffer.data() + frame_headroom;
  std::copy(payload.begin(), payload.end(), at);
  const auto length = static_cast<uint16_t>(payload.size());
  const uint16_t headers = t.family == 4
                               ? write_frame4(t, at, to.ip.bytes.data(), to.port, length, kind)
                               : write_frame6(t, at, to.ip.bytes.data(), to.port, length, kind);
  write_udp_sum(t, at, length);
  return {at - headers, at + payload.size()};
}

std::vector<uint8_t> random_payload(std::mt19937& random, std::size_t length) {
  std::vector<uint8_t> p(length);
  for (auto& b : p) b = static_cast<uint8_t>(random());
  return p;
}

class FrameWriter : public testing::TestWithParam<uint16_t> {};

TEST_P(FrameWriter, WritesWhatTheIpv4ParsersRead) {
  const uint16_t vlan = GetParam();
  const auto t = make_frame_template(attachment(vlan), 3, 0, 40'001, hop, false);
  EXPECT_EQ(t.header_length, vlan ? 46 : 42);
  EXPECT_EQ(t.payload_max, 1'472);
  EXPECT_EQ(t.port, 3);
  std::mt19937 random(4);
  for (const std::size_t length : {0u, 1u, 20u, 1'172u, 1'472u}) {
    for (int round = 0; round < 200; ++round) {
      SocketAddress to{IpAddress{{}, 4, {}}, static_cast<uint16_t>(random()), 0};
      for (int i = 0; i < 4; ++i)
        to.ip.bytes[static_cast<std::size_t>(i)] = static_cast<uint8_t>(random());
      const auto kind = static_cast<MediaKind>(random() % 3);
      const auto payload = random_payload(random, length);
      const auto frame = build(t, to, payload, kind);

      const auto e = wire::parse_ethernet(frame);
      ASSERT_TRUE(e.has_value());
      EXPECT_EQ(e->destination(), hop);
      EXPECT_EQ(e->source(), own);
      EXPECT_EQ(e->vlan_id, vlan);
      const auto v4 = wire::parse_ipv4(e->payload);
      ASSERT_TRUE(v4.has_value());
      EXPECT_TRUE(v4->checksum_ok());
      EXPECT_EQ(v4->source(), ip("192.0.2.1"));
      EXPECT_EQ(v4->destination(), to.ip);
      EXPECT_EQ(v4->dscp(), dscp_of(kind));
      EXPECT_FALSE(v4->is_fragment());
      const auto udp = wire::parse_udp(v4->payload);
      ASSERT_TRUE(udp.has_value());
      EXPECT_EQ(udp->source_port(), 40'001);
      EXPECT_EQ(udp->destination_port(), to.port);
      EXPECT_EQ(udp->checksum(), 0);
      EXPECT_TRUE(std::ranges::equal(udp->payload, payload));
    }
  }
}

TEST_P(FrameWriter, WritesWhatTheIpv6ParsersRead) {
  const uint16_t vlan = GetParam();
  const auto t = make_frame_template(attachment(vlan), 0, 1, 40'000, hop, false);
  EXPECT_EQ(t.header_length, vlan ? 66 : 62);
  EXPECT_EQ(t.payload_max, 1'452);
  std::mt19937 random(6);
  for (const std::size_t length : {0u, 1u, 21u, 1'200u}) {
    for (int round = 0; round < 200; ++round) {
      SocketAddress to{IpAddress{{}, 6, {}}, static_cast<uint16_t>(random()), 0};
      for (auto& b : to.ip.bytes) b = static_cast<uint8_t>(random());
      const auto kind = static_cast<MediaKind>(random() % 3);
      const auto payload = random_payload(random, length);
      const auto frame = build(t, to, payload, kind);

      const auto e = wire::parse_ethernet(frame);
      ASSERT_TRUE(e.has_value());
      EXPECT_EQ(e->vlan_id, vlan);
      const auto v6 = wire::parse_ipv6(e->payload);
      ASSERT_TRUE(v6.has_value());
      EXPECT_EQ(v6->source(), ip("2001:db8::1"));
      EXPECT_EQ(v6->destination(), to.ip);
      EXPECT_EQ(v6->traffic_class(), dscp_of(kind) * 4);
      const auto udp = wire::parse_udp(v6->payload);
      ASSERT_TRUE(udp.has_value());
      EXPECT_TRUE(std::ranges::equal(udp->payload, payload));
      ASSERT_NE(udp->checksum(), 0);
      auto again = std::vector<uint8_t>(v6->payload.begin(), v6->payload.end());
      wire::patch_udp_checksum(again.data(), 0);
      EXPECT_EQ(udp->checksum(), wire::udp_checksum(v6->source(), v6->destination(), again));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(UntaggedAndTagged, FrameWriter, testing::Values(0, 42));

// What is left in the checksum field, when the port sums, is the sum of the pseudo header.
uint16_t left_to_the_port(int address, const char* own_ip, const char* peer) {
  const auto t = make_frame_template(attachment(0), 0, address, 40'000, hop, true);
  EXPECT_EQ(t.udp_sum, UdpSum::port);
  const SocketAddress to{ip(peer), 5'000, 0};
  const auto frame = build(t, to, {1, 2, 3, 4});
  wire::InternetSum pseudo;
  pseudo.add_pseudo_header(ip(own_ip), to.ip, 17, 12);
  const auto packet = wire::parse_ethernet(frame)->payload;
  const auto udp = packet.subspan(to.ip.is_v4() ? 20 : 40);
  EXPECT_EQ(wire::parse_udp(udp)->checksum(), pseudo.folded());
  return pseudo.folded();
}

TEST(FrameWriter, LeavesThePseudoHeadersSumToAPortThatSums) {
  EXPECT_NE(left_to_the_port(0, "192.0.2.1", "198.51.100.5"), 0);
  EXPECT_NE(left_to_the_port(1, "2001:db8::1", "2001:db8:1::5"), 0);
}

TEST(FrameWriter, TouchesNothingBeyondItsHeadroom) {
  const auto t = make_frame_template(attachment(0), 0, 0, 40'000, hop, false);
  std::vector<uint8_t> buffer(128 + 8, 0xee);
  write_frame4(t, buffer.data() + 128, ip("198.51.100.1").bytes.data(), 1, 8, MediaKind::none);
  for (std::size_t i = 0; i < 128 - frame_headroom; ++i) EXPECT_EQ(buffer[i], 0xee);
  for (std::size_t i = 128; i < buffer.size(); ++i) EXPECT_EQ(buffer[i], 0xee);
}

}  // namespace
}  // namespace sluice::dataplane
