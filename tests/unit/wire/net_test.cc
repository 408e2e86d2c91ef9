// Ethernet, ARP, IPv4, IPv6, UDP and the first-byte demux.
#include <gtest/gtest.h>

#include <array>

#include "common/wire/arp.h"
#include "common/wire/demux.h"
#include "common/wire/ethernet.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "tests/unit/wire/hex.h"

namespace sluice::wire {
namespace {

TEST(Ethernet, ReadsUntaggedTaggedAndDoubleTagged) {
  const auto plain = from_hex("020000000001 020000000002 0800 45");
  auto v = parse_ethernet(plain);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->destination(), (MacAddress{{2, 0, 0, 0, 0, 1}}));
  EXPECT_EQ(v->source(), (MacAddress{{2, 0, 0, 0, 0, 2}}));
  EXPECT_EQ(v->ether_type, ether_type_ipv4);
  EXPECT_EQ(v->vlan_tags, 0);
  EXPECT_EQ(v->payload.size(), 1u);

  const auto tagged = from_hex("020000000001 020000000002 8100 e007 86dd 60");
  v = parse_ethernet(tagged);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->ether_type, ether_type_ipv6);
  EXPECT_EQ(v->vlan_id, 7);
  EXPECT_EQ(v->header_length, 18);

  const auto stacked = from_hex("020000000001 020000000002 88a8 0064 8100 00c8 0806 00");
  v = parse_ethernet(stacked);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->ether_type, ether_type_arp);
  EXPECT_EQ(v->vlan_id, 200);
  EXPECT_EQ(v->vlan_tags, 2);

  const auto three = from_hex("020000000001 020000000002 8100 0001 8100 0002 8100 0003 0800");
  EXPECT_FALSE(parse_ethernet(three));
}

TEST(Ethernet, WritesWhatItReads) {
  std::array<uint8_t, 18> out;
  const MacAddress a{{2, 0, 0, 0, 0, 1}}, b{{2, 0, 0, 0, 0, 2}};
  EXPECT_EQ(write_ethernet(out, a, b, 0, ether_type_ipv4), 14u);
  EXPECT_EQ(hex_of(ByteView(out).first(14)), "0200000000010200000000020800");
  EXPECT_EQ(write_ethernet(out, a, b, 7, ether_type_ipv4), 18u);
  EXPECT_EQ(hex_of(out), "020000000001020000000002810000070800");
  EXPECT_EQ(write_ethernet(ByteSpan(out).first(17), a, b, 7, ether_type_ipv4), 0u);
  EXPECT_TRUE(mac_broadcast.is_multicast());
  EXPECT_FALSE(a.is_multicast());
}

TEST(Arp, RoundTripAndRefusals) {
  const Arp arp{ArpOperation::reply,
                {{2, 0, 0, 0, 0, 1}},
                *parse_ip("192.0.2.1"),
                {{2, 0, 0, 0, 0, 2}},
                *parse_ip("192.0.2.2")};
  std::array<uint8_t, arp_length> out;
  ASSERT_EQ(write_arp(out, arp), arp_length);
  EXPECT_EQ(hex_of(out), "0001080006040002020000000001c0000201020000000002c0000202");
  const auto v = parse_arp(out);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->operation, ArpOperation::reply);
  EXPECT_EQ(v->sender_ip, arp.sender_ip);
  EXPECT_EQ(v->target_mac, arp.target_mac);
  for (const std::size_t at : {0u, 2u, 4u, 5u, 6u}) {
    auto bad = out;
    bad[at] = 0x7f;
    EXPECT_FALSE(parse_arp(bad)) << at;
  }
}

TEST(Ipv4, ReadsAPublishedHeader) {
  auto b = from_hex("45000073 00004000 4011b861 c0a80001 c0a800c7");
  b.resize(0x73 + 3);  // three bytes of link padding
  const auto v = parse_ipv4(b);
  ASSERT_TRUE(v);
  EXPECT_TRUE(v->checksum_ok());
  EXPECT_FALSE(v->is_fragment());
  EXPECT_EQ(v->protocol(), ip_protocol_udp);
  EXPECT_EQ(v->ttl(), 64);
  EXPECT_EQ(to_string(v->source()), "192.168.0.1");
  EXPECT_EQ(to_string(v->destination()), "192.168.0.199");
  EXPECT_EQ(v->payload.size(), 0x73u - 20);
  b[8] = 63;
  EXPECT_FALSE(parse_ipv4(b)->checksum_ok());
}

TEST(Ipv4, RefusesLengthsThatDoNotAgree) {
  auto b = from_hex("45000018 00004000 40110000 c0a80001 c0a800c7 01020304");
  ASSERT_TRUE(parse_ipv4(b));
  b[3] = 0x19;
  EXPECT_FALSE(parse_ipv4(b)) << "longer than the bytes";
  b[3] = 0x13;
  EXPECT_FALSE(parse_ipv4(b)) << "shorter than the header";
  b[3] = 0x18;
  b[0] = 0x44;
  EXPECT_FALSE(parse_ipv4(b)) << "IHL below 5";
  b[0] = 0x47;
  EXPECT_FALSE(parse_ipv4(b)) << "IHL beyond the total";
  b[0] = 0x65;
  EXPECT_FALSE(parse_ipv4(b)) << "version";
}

TEST(Ipv4, TellsFragments) {
  auto b = from_hex("45000014 00002000 40110000 c0a80001 c0a800c7");
  EXPECT_TRUE(parse_ipv4(b)->is_fragment()) << "first, more follow";
  store_be16(b.data() + 6, 0x0010);
  EXPECT_TRUE(parse_ipv4(b)->is_fragment()) << "last";
  store_be16(b.data() + 6, 0x4000);
  EXPECT_FALSE(parse_ipv4(b)->is_fragment()) << "don't fragment";
}

TEST(Ipv4, APatchedLengthKeepsTheChecksumRight) {
  std::array<uint8_t, 20> out;
  const Ipv4Fields f{
      .source = *parse_ip("192.0.2.1"), .destination = *parse_ip("192.0.2.2"), .dscp = 46};
  for (const std::size_t length : {0u, 8u, 1208u, 65515u}) {
    ASSERT_EQ(write_ipv4(out, f, 100), 20u);
    patch_ipv4_payload_length(out.data(), length);
    std::array<uint8_t, 20> again;
    ASSERT_EQ(write_ipv4(again, f, length), 20u);
    EXPECT_EQ(out, again) << length;
    EXPECT_EQ(internet_checksum(out), 0);
  }
  EXPECT_EQ(write_ipv4(out, f, 65516), 0u);
}

TEST(Ipv6, WritesWhatItReads) {
  std::vector<uint8_t> out(44);
  const Ipv6Fields f{.source = *parse_ip("2001:db8::1"),
                     .destination = *parse_ip("2001:db8::2"),
                     .dscp = 46,
                     .hop_limit = 255,
                     .flow_label = 0xabcde};
  ASSERT_EQ(write_ipv6(out, f, 4), 40u);
  EXPECT_EQ(hex_of(ByteView(out).first(8)), "6b8abcde000411ff");
  const auto v = parse_ipv6(out);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->traffic_class(), 46 << 2);
  EXPECT_EQ(v->hop_limit(), 255);
  EXPECT_EQ(v->protocol, ip_protocol_udp);
  EXPECT_EQ(v->source(), f.source);
  EXPECT_EQ(v->destination(), f.destination);
  EXPECT_EQ(v->payload.size(), 4u);
  patch_ipv6_payload_length(out.data(), 5);
  EXPECT_FALSE(parse_ipv6(out));
}

std::vector<uint8_t> ipv6_with(uint8_t first, std::string_view payload_hex) {
  const auto payload = from_hex(payload_hex);
  std::vector<uint8_t> out(40);
  write_ipv6(out, {.source = {}, .destination = {}, .protocol = first}, payload.size());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

TEST(Ipv6, WalksExtensionHeaders) {
  // Hop-by-hop of 16 bytes, routing, authentication of 12 bytes, destination options, then UDP.
  const auto b =
      ipv6_with(ipv6_hop_by_hop,
                "2b01000000000000 0000000000000000 3300000000000000 3c01000000000000 00000000"
                "1100000000000000 aabb");
  const auto v = parse_ipv6(b);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->protocol, ip_protocol_udp);
  EXPECT_EQ(hex_of(v->payload), "aabb");
  EXPECT_FALSE(v->is_fragment);
}

TEST(Ipv6, StopsAtAFragmentHeader) {
  const auto b = ipv6_with(ipv6_fragment, "3c00000100000001 ffff");
  const auto v = parse_ipv6(b);
  ASSERT_TRUE(v);
  EXPECT_TRUE(v->is_fragment);
  EXPECT_EQ(v->protocol, ipv6_destination_options);
}

TEST(Ipv6, TheWalkIsBounded) {
  std::string chain;
  for (int i = 0; i < ipv6_extensions_max; i++) chain += "3c00000000000000";
  EXPECT_FALSE(parse_ipv6(ipv6_with(ipv6_destination_options, chain + "1100000000000000")));
  chain = chain.substr(16);
  EXPECT_TRUE(parse_ipv6(ipv6_with(ipv6_destination_options, chain + "1100000000000000")));
  EXPECT_FALSE(parse_ipv6(ipv6_with(ipv6_destination_options, "11ff000000000000")))
      << "runs over the end";
}

TEST(Udp, HonoursTheLengthField) {
  auto b = from_hex("13881770000a0000 6162 6364");
  const auto v = parse_udp(b);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->source_port(), 5000);
  EXPECT_EQ(v->destination_port(), 6000);
  EXPECT_EQ(hex_of(v->payload), "6162") << "what is behind the length is not payload";
  for (const uint8_t length : {uint8_t{0}, uint8_t{7}, uint8_t{13}}) {
    b[5] = length;
    EXPECT_FALSE(parse_udp(b)) << int{length};
  }
  std::array<uint8_t, 8> out;
  ASSERT_EQ(write_udp(out, 5000, 6000, 2), 8u);
  EXPECT_EQ(hex_of(out), "13881770000a0000");
  patch_udp_payload_length(out.data(), 4);
  patch_udp_checksum(out.data(), 0xabcd);
  EXPECT_EQ(hex_of(out), "13881770000cabcd");
}

TEST(Demux, EveryFirstByte) {
  for (int first = 0; first < 256; first++) {
    const std::array<uint8_t, 2> b{static_cast<uint8_t>(first), 96};
    const Protocol want = first <= 3                     ? Protocol::stun
                          : first >= 20 && first <= 63   ? Protocol::dtls
                          : first >= 64 && first <= 79   ? Protocol::turn_channel
                          : first >= 128 && first <= 191 ? Protocol::srtp
                                                         : Protocol::unknown;
    EXPECT_EQ(demux(b), want) << first;
  }
}

TEST(Demux, RtcpByItsPayloadType) {
  for (int second = 0; second < 256; second++) {
    const std::array<uint8_t, 2> b{0x80, static_cast<uint8_t>(second)};
    EXPECT_EQ(demux(b), second >= 192 && second <= 223 ? Protocol::srtcp : Protocol::srtp)
        << second;
  }
  EXPECT_EQ(demux({}), Protocol::unknown);
}

}  // namespace
}  // namespace sluice::wire
