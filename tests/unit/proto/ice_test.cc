// ICE credentials and candidates.
#include "common/proto/ice.h"

#include <gtest/gtest.h>

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

TEST(Ice, earlierHostCandidatesAreAtLeastTheDefaultPriority) {
  // RFC 8445 s5.1.2.1: 2^24 * 126 + 2^8 * 65535 + 255.
  EXPECT_EQ(host_priority(65'535), 2'130'706'431u);
  EXPECT_GT(host_priority(65'535), host_priority(65'534));
}

TEST(Ice, candidatesOfBothFamiliesAreWrittenAndParsed) {
  for (const char* ip : {"192.0.2.1", "2001:db8::1"}) {
    const Candidate c = host_candidate({*parse_ip(ip), 40'001}, 1);
    EXPECT_EQ(c.address, ip);
    EXPECT_EQ(parse_candidate(write_candidate(c)), c);
    EXPECT_EQ(parse_candidate("candidate:" + write_candidate(c) + " generation 0 network-id 1"), c);
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
