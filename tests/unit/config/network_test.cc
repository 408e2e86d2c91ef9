#include "common/config/network.h"

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

IpAddress ip(std::string_view text) {
  return parse_ip(text).value();
}

TEST(Network, interface_addresses_keep_their_host_bits) {
  const auto a = parse_interface_address("192.0.2.10/24");
  ASSERT_TRUE(a.ok());
  EXPECT_EQ(a->ip, ip("192.0.2.10"));
  EXPECT_EQ(a->prefix_length, 24);
  EXPECT_TRUE(parse_interface_address("2001:db8::1/128").ok());
}

TEST(Network, refuses_impossible_prefixes) {
  for (const char* text :
       {"192.0.2.10", "192.0.2.10/33", "192.0.2.10/0", "192.0.2.10/", "192.0.2.10/x",
        "192.0.2.10/24 ", "2001:db8::1/129", "/24", "", "192.0.2.10/-1"}) {
    EXPECT_FALSE(parse_interface_address(text).ok()) << text;
  }
}

TEST(Network, networks_have_no_host_bits) {
  EXPECT_TRUE(parse_network("0.0.0.0/0").ok());
  EXPECT_TRUE(parse_network("10.0.0.0/8").ok());
  EXPECT_TRUE(parse_network("2001:db8::/33").ok());
  const auto wrong = parse_network("10.1.2.3/12");
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("the network is 10.0.0.0/12"), std::string::npos);
}

TEST(Network, contains_compares_prefix_bits_of_one_family) {
  const InterfaceAddress net{ip("192.0.2.10"), 25};
  EXPECT_TRUE(contains(net, ip("192.0.2.127")));
  EXPECT_FALSE(contains(net, ip("192.0.2.128")));
  EXPECT_FALSE(contains(net, ip("2001:db8::1")));
  EXPECT_TRUE(contains({ip("2001:db8::"), 32}, ip("2001:db8:ffff::1")));
  EXPECT_FALSE(contains({ip("2001:db8::"), 33}, ip("2001:db8:ffff::1")));
}

TEST(Network, knows_special_addresses) {
  EXPECT_TRUE(is_loopback(ip("127.1.2.3")));
  EXPECT_TRUE(is_loopback(ip("::1")));
  EXPECT_FALSE(is_loopback(ip("::")));
  EXPECT_TRUE(is_unspecified(ip("0.0.0.0")));
  EXPECT_TRUE(is_unspecified(ip("::")));
  EXPECT_TRUE(is_multicast(ip("239.0.0.1")));
  EXPECT_TRUE(is_multicast(ip("ff02::1")));
  EXPECT_FALSE(is_multicast(ip("240.0.0.1")));
  EXPECT_TRUE(is_link_local(ip("fe80::1")));
  EXPECT_TRUE(is_link_local(ip("febf::1")));
  EXPECT_FALSE(is_link_local(ip("fec0::1")));
  EXPECT_TRUE(is_link_local(ip("169.254.1.1")));
}

}  // namespace
}  // namespace sluice::config
