// ICE credentials and candidates.
#include "common/proto/ice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace sluice::proto {
namespace {

TEST(Ice, textHasOneIceCharPerByte) {
  std::array<uint8_t, 256> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
  const std::string text = ice_text(bytes);
  EXPECT_EQ(text.size(), bytes.size());
  EXPECT_TRUE(is_ice_text(text, 4));
  EXPECT_FALSE(is_ice_text("abc", 4));
  EXPECT_FALSE(is_ice_text("ab:d", 4));
  EXPECT_FALSE(is_ice_text(std::string(257, 'a'), 4));
}

// RFC 8445 s6.1.2.3; the client controls.
uint64_t pair_priority(uint32_t client, uint32_t ours) {
  const uint64_t low = std::min(client, ours), high = std::max(client, ours);
  return (low << 32) + 2 * high + (client > ours ? 1 : 0);
}

TEST(Ice, earlierAddressesAreAtLeastTheDefaultPriority) {
  const SocketAddress at{*parse_ip("192.0.2.1"), 40'001};
  // RFC 8445 s5.1.2.1: 2^24 * 64 + 2^8 * 63 + 255.
  EXPECT_EQ(host_candidate(at, 0, 0).priority, 1'073'758'207u);
  EXPECT_GT(host_candidate(at, 0, 0).priority, host_candidate(at, 1, 0).priority);
}

TEST(Ice, afterARestartEveryPairComesBeforeThoseOfEarlierGenerations) {
  const SocketAddress at{*parse_ip("192.0.2.1"), 40'001};
  // As Chromium ranks two interfaces, and the better one behind a NAT.
  constexpr uint32_t wifi = 2'122'260'223, lte = 2'122'194'687, wifi_reflexive = 1'853'824'767;
  for (uint32_t generation : {0U, 1U, 1'000U}) {
    const uint32_t before = host_candidate(at, 0, generation).priority;
    const uint32_t after = host_candidate(at, 63, generation + 1).priority;
    EXPECT_GT(pair_priority(wifi, before), pair_priority(lte, before));
    EXPECT_GT(pair_priority(lte, after), pair_priority(wifi, before));
    EXPECT_GT(pair_priority(lte, after), pair_priority(wifi_reflexive, before));
  }
  EXPECT_EQ(host_candidate(at, 0, UINT32_MAX).priority, host_priority(65'535));
}

TEST(Ice, candidatesOfBothFamiliesAreWrittenAndParsed) {
  for (const char* ip : {"192.0.2.1", "2001:db8::1"}) {
    const Candidate c = host_candidate({*parse_ip(ip), 40'001}, 1, 0);
    EXPECT_EQ(c.address, ip);
    EXPECT_EQ(parse_candidate(write_candidate(c)), c);
    EXPECT_EQ(parse_candidate("candidate:" + write_candidate(c) + " generation 0 network-id 1"), c);
  }
}

TEST(Ice, onTcpWeWaitAndComeAfterAllOnUdp) {
  const SocketAddress at{*parse_ip("192.0.2.1"), 4'443};
  const Candidate c = tcp_candidate(at, 0, 0);
  EXPECT_EQ(write_candidate(c), "1 1 tcp 545275903 192.0.2.1 4443 typ host tcptype passive");
  EXPECT_EQ(parse_candidate(write_candidate(c) + " generation 0"), c);
  EXPECT_LT(tcp_candidate(at, 0, UINT32_MAX).priority, host_candidate(at, 63, 0).priority);
  for (uint32_t generation : {0U, 1U, 100U}) {
    EXPECT_LT(tcp_candidate(at, 0, generation).priority,
              tcp_candidate(at, 63, generation + 1).priority);
  }
}

TEST(Ice, malformedCandidatesAreRefused) {
  for (const char* text :
       {"", "candidate:", "1 1 udp 5 192.0.2.1", "1 0 udp 5 192.0.2.1 9 typ host",
        "1 1 udp 5 192.0.2.1 70000 typ host", "1 1 udp 5 192.0.2.1 9 type host",
        "1 1 udp 5 192.0.2.1 9 typ", "1 1 udp 5000000000 192.0.2.1 9 typ host",
        "a:b 1 udp 5 192.0.2.1 9 typ host"}) {
    EXPECT_FALSE(parse_candidate(text)) << text;
  }
  EXPECT_TRUE(parse_candidate("1 1 udp 5 3a9c.local 9 typ host"));
}

}  // namespace
}  // namespace sluice::proto
