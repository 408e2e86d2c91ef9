#include <gtest/gtest.h>

#include "tools/loadgen/options.h"

namespace sluice::loadgen {
namespace {

std::variant<Options, ExitCode> parse(std::vector<const char*> more) {
  std::vector<const char*> words = {"sluice-loadgen", "--device", "net_null0"};
  words.insert(words.end(), more.begin(), more.end());
  return parse_options(static_cast<int>(words.size()), words.data());
}

TEST(CommandLine, a_page_with_a_key_makes_a_meeting) {
  const auto parsed =
      parse({"--url", "https://meet.example.org/#key=abc", "--address", "10.0.0.5/24"});
  const auto* o = std::get_if<Options>(&parsed);
  ASSERT_NE(o, nullptr);
  EXPECT_TRUE(o->url.tls);
  EXPECT_EQ(o->url.host, "meet.example.org");
  EXPECT_EQ(o->url.port, 443);
  EXPECT_EQ(o->invitation.api_key, "abc");
  EXPECT_EQ(o->invitation.meeting_id, "");
  EXPECT_EQ(o->profiles.size(), 3u);
}

TEST(CommandLine, a_link_joins_its_meeting) {
  const auto parsed = parse({"--url", "http://[2001:db8::1]:8080/m/M1#t=T1", "--address",
                             "10.0.0.5/24,10.0.0.6/24", "--suite", "aescm"});
  const auto* o = std::get_if<Options>(&parsed);
  ASSERT_NE(o, nullptr);
  EXPECT_EQ(o->url.host, "2001:db8::1");
  EXPECT_EQ(o->url.authority(), "[2001:db8::1]:8080");
  EXPECT_EQ(o->invitation.meeting_id, "M1");
  EXPECT_EQ(o->invitation.join_token, "T1");
  EXPECT_EQ(o->networks.size(), 2u);
  EXPECT_EQ(o->profiles, std::vector{srtp::Profile::aes128_cm_sha1_80});
}

TEST(CommandLine, what_makes_no_sense_is_usage) {
  const char* url = "http://127.0.0.1:8080/#key=abc";
  for (const std::vector<const char*>& more : std::vector<std::vector<const char*>>{
           {},
           {"--url", url},
           {"--url", "127.0.0.1:8080", "--address", "10.0.0.5/24"},
           {"--url", "http://127.0.0.1:0", "--address", "10.0.0.5/24"},
           {"--url", "http://127.0.0.1:8080", "--address", "10.0.0.5/24"},
           {"--url", url, "--address", "10.0.0.5"},
           {"--url", url, "--address", "10.0.0.5/33"},
           {"--url", url, "--address", "2001:db8::1/64"},
           {"--url", url, "--address", "10.0.0.5/24", "--codec", "H264"},
           {"--url", url, "--address", "10.0.0.5/24", "--port-base", "60000", "--attendees",
            "10000"},
       }) {
    const auto parsed = parse(more);
    ASSERT_TRUE(std::holds_alternative<ExitCode>(parsed));
    EXPECT_EQ(std::get<ExitCode>(parsed), ExitCode::usage);
  }
}

TEST(LocalAddresses, an_endpoint_is_found_by_its_address) {
  const LocalAddresses local({*parse_network("10.0.0.5/24"), *parse_network("10.0.0.6/24")},
                             20'000);
  for (const uint32_t endpoint : {0U, 1U, 2U, 5'001U}) {
    const SocketAddress a = local.of(endpoint);
    EXPECT_EQ(local.endpoint_at(a.ip, a.port), endpoint);
  }
  EXPECT_EQ(to_string(local.of(3)), "10.0.0.6:20001");
  EXPECT_FALSE(local.endpoint_at(*parse_ip("10.0.0.7"), 20'000));
  EXPECT_FALSE(local.endpoint_at(*parse_ip("10.0.0.5"), 19'999));
  EXPECT_TRUE(local.is_neighbour(*parse_ip("10.0.0.200")));
  EXPECT_FALSE(local.is_neighbour(*parse_ip("10.0.1.5")));
}

}  // namespace
}  // namespace sluice::loadgen
