// ICMP and ICMPv6 with neighbour discovery.
#include "common/wire/icmp.h"

#include <gtest/gtest.h>

#include <array>

#include "common/wire/checksum.h"
#include "common/wire/ethernet.h"
#include "common/wire/icmpv6.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "tests/unit/wire/hex.h"
#include "tests/unit/wire/samples.h"

namespace sluice::wire {
namespace {

std::vector<uint8_t> sample(std::string_view name) {
  for (auto& s : wire_samples()) {
    if (s.format == "ethernet" && s.name == name) return s.bytes;
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(Icmp, AnswersAnEcho) {
  const auto frame = sample("echo4");
  const auto ip = parse_ipv4(parse_ethernet(frame)->payload);
  const auto icmp = parse_icmp(ip->payload);
  ASSERT_TRUE(icmp);
  ASSERT_TRUE(icmp->is_echo_request());
  std::vector<uint8_t> out(icmp->bytes.size());
  ASSERT_EQ(write_echo_reply(out, *icmp), out.size());
  const auto reply = parse_icmp(out);
  ASSERT_TRUE(reply) << "its checksum is right";
  EXPECT_EQ(reply->type(), icmp_echo_reply);
  EXPECT_EQ(hex_of(reply->bytes.subspan(4)), "0001000261626364");
  EXPECT_EQ(write_echo_reply(ByteSpan(out).first(11), *icmp), 0u);
}

TEST(Icmp, TellsWhichPacketWasTooBig) {
  const auto frame = sample("fragmentation_needed");
  const auto icmp = parse_icmp(parse_ipv4(parse_ethernet(frame)->payload)->payload);
  ASSERT_TRUE(icmp);
  const auto mtu = parse_fragmentation_needed(*icmp);
  ASSERT_TRUE(mtu);
  EXPECT_EQ(mtu->mtu, 1200u);
  EXPECT_EQ(to_string(mtu->source), "192.0.2.1:5000");
  EXPECT_EQ(to_string(mtu->destination), "198.51.100.2:6000");
}

TEST(Icmp, AWrongChecksumIsRefused) {
  auto message = from_hex("0800000000010002");
  EXPECT_FALSE(parse_icmp(message));
  store_be16(message.data() + 2, internet_checksum(message));
  EXPECT_TRUE(parse_icmp(message));
}

struct Received {
  std::vector<uint8_t> frame;
  Ipv6View ip;
  Icmpv6View icmp;
};

Received receive6(std::string_view name) {
  Received r{.frame = sample(name), .ip = {}, .icmp = {}};
  r.ip = parse_ipv6(parse_ethernet(r.frame)->payload).value();
  r.icmp = parse_icmpv6(r.ip).value();
  return r;
}

TEST(Icmpv6, AnswersAnEcho) {
  const auto r = receive6("echo6");
  ASSERT_EQ(r.icmp.type(), Icmpv6Type::echo_request);
  std::vector<uint8_t> out(40 + r.icmp.bytes.size());
  write_ipv6(
      out,
      {.source = r.ip.destination(), .destination = r.ip.source(), .protocol = ip_protocol_icmpv6},
      r.icmp.bytes.size());
  ASSERT_NE(write_echo_reply(ByteSpan(out).subspan(40), r.ip.destination(), r.ip.source(), r.icmp),
            0u);
  const auto reply = parse_icmpv6(*parse_ipv6(out));
  ASSERT_TRUE(reply) << "its checksum is right";
  EXPECT_EQ(reply->type(), Icmpv6Type::echo_reply);
}

TEST(Icmpv6, TellsWhichPacketWasTooBig) {
  const auto r = receive6("packet_too_big");
  const auto mtu = parse_packet_too_big(r.icmp);
  ASSERT_TRUE(mtu);
  EXPECT_EQ(mtu->mtu, 1280u);
  EXPECT_EQ(to_string(mtu->destination), "[2001:db8::2]:6000");
}

TEST(Ndp, ReadsSolicitationAndAdvertisement) {
  auto r = receive6("neighbor_solicitation");
  auto n = parse_neighbor(r.ip, r.icmp);
  ASSERT_TRUE(n);
  EXPECT_FALSE(n->is_advertisement);
  EXPECT_EQ(to_string(n->target), "2001:db8::2");
  ASSERT_TRUE(n->has_mac);
  EXPECT_EQ(n->mac, (MacAddress{{2, 0, 0, 0, 0, 0x0a}}));
  r = receive6("neighbor_advertisement");
  n = parse_neighbor(r.ip, r.icmp);
  ASSERT_TRUE(n);
  EXPECT_TRUE(n->is_advertisement && n->router && n->solicited && n->override);
}

TEST(Ndp, WhatCameThroughARouterIsRefused) {
  auto r = receive6("neighbor_solicitation");
  r.frame[ethernet_header_length + 7] = 254;
  EXPECT_FALSE(parse_neighbor(r.ip, r.icmp)) << "RFC 4861 s7.1.1";
}

TEST(Ndp, OptionsThatDoNotAddUpAreRefused) {
  auto r = receive6("neighbor_solicitation");
  const std::size_t length_at = ethernet_header_length + ipv6_header_length + 25;
  for (const uint8_t length : {uint8_t{0}, uint8_t{2}}) {
    r.frame[length_at] = length;
    EXPECT_FALSE(parse_neighbor(r.ip, r.icmp)) << int{length};
  }
}

TEST(Ndp, MulticastAddresses) {
  const auto group = solicited_node(*parse_ip("2001:db8::12:3456"));
  EXPECT_EQ(to_string(group), "ff02::1:ff12:3456");
  EXPECT_EQ(hex_of(ipv6_multicast_mac(group).bytes), "3333ff123456");
}

}  // namespace
}  // namespace sluice::wire
