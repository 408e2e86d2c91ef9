#include "dataplane/port/attachment.h"

#include <gtest/gtest.h>

namespace sluice::dataplane {
namespace {

IpAddress ip(const char* text) {
  return *parse_ip(text);
}

Attachment attachment() {
  Attachment a;
  a.addresses = {{ip("192.0.2.1"), 24}, {ip("10.1.2.3"), 20}, {ip("2001:db8::1"), 61}};
  a.gateways = {ip("192.0.2.254")};
  return a;
}

TEST(Attachment, CoversExactlyItsPrefix) {
  const config::InterfaceAddress n{ip("10.1.2.3"), 20};
  EXPECT_TRUE(covers(n, ip("10.1.0.0")));
  EXPECT_TRUE(covers(n, ip("10.1.15.255")));
  EXPECT_FALSE(covers(n, ip("10.1.16.0")));
  EXPECT_FALSE(covers(n, ip("10.0.255.255")));
  EXPECT_FALSE(covers(n, ip("2001:db8::1")));
  const config::InterfaceAddress all{ip("10.1.2.3"), 0}, host{ip("10.1.2.3"), 32};
  EXPECT_TRUE(covers(all, ip("192.0.2.1")));
  EXPECT_TRUE(covers(host, ip("10.1.2.3")));
  EXPECT_FALSE(covers(host, ip("10.1.2.2")));
  const config::InterfaceAddress six{ip("2001:db8::1"), 61};
  EXPECT_TRUE(covers(six, ip("2001:db8:0:7::9")));
  EXPECT_FALSE(covers(six, ip("2001:db8:0:8::9")));
}

TEST(Attachment, ReachesNeighboursDirectlyAndOthersThroughTheirFamilysGateway) {
  const Attachment a = attachment();
  EXPECT_EQ(a.next_hop_of(ip("192.0.2.77")), ip("192.0.2.77"));
  EXPECT_EQ(a.next_hop_of(ip("10.1.14.1")), ip("10.1.14.1"));
  EXPECT_EQ(a.next_hop_of(ip("198.51.100.1")), ip("192.0.2.254"));
  EXPECT_EQ(a.next_hop_of(ip("2001:db8:0:1::9")), ip("2001:db8:0:1::9"));
  EXPECT_EQ(a.next_hop_of(ip("2001:db9::9")).family, 0);  // no IPv6 gateway
}

TEST(Attachment, KnowsItsOwnAddresses) {
  const Attachment a = attachment();
  EXPECT_EQ(a.local_index(4, ip("10.1.2.3").bytes.data()), 1);
  EXPECT_EQ(a.local_index(6, ip("2001:db8::1").bytes.data()), 2);
  EXPECT_EQ(a.local_index(4, ip("10.1.2.4").bytes.data()), no_local_address);
}

TEST(Attachment, SpeaksToANeighbourFromTheAddressOfItsNetwork) {
  const Attachment a = attachment();
  EXPECT_EQ(a.source_index_for(ip("10.1.3.3")), 1);
  EXPECT_EQ(a.source_index_for(ip("198.51.100.1")), 0);
  EXPECT_EQ(a.source_index_for(ip("fe80::1")), 2);
}

}  // namespace
}  // namespace sluice::dataplane
