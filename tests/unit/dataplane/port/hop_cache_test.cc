#include "dataplane/port/hop_cache.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/ring_port.h"

namespace sluice::test {
namespace {

using dataplane::Flow;
using dataplane::no_hop;

Flow flow_to(const char* remote, uint8_t local_address = 0) {
  Flow f;
  const IpAddress a = ip(remote);
  f.family = a.family;
  f.remote_ip = a.bytes;
  f.remote_port = 5'000;
  f.local_port = 40'001;
  f.local_address = local_address;
  return f;
}

class Hops : public testing::Test {
 protected:
  void resolve(uint32_t entry, const char* neighbour, wire::MacAddress mac, bool resolved = true) {
    table().publish(entry, {.ip = ip(neighbour), .mac = mac, .resolved = resolved});
    hops.refresh();
  }
  dataplane::NextHopTable& table() { return rings.port().next_hops(); }
  wire::MacAddress mac_of(uint16_t hop) {
    const auto* t = hops.template_of(hop);
    return t ? wire::load_mac(t->head.data() + 4) : wire::MacAddress{};
  }

  RingPort rings{port_config(), 2};
  dataplane::HopCache hops{rings.ports(), 1};
};

TEST_F(Hops, AsksForTheNextHopOnceInAWhile) {
  const uint16_t hop = hops.lookup(flow_to("192.0.2.7"), 0);
  EXPECT_NE(hop, no_hop);
  EXPECT_EQ(hops.lookup(flow_to("192.0.2.7"), 1), hop);
  IpAddress asked;
  ASSERT_TRUE(table().take_request(1, asked));
  EXPECT_EQ(asked, ip("192.0.2.7"));
  EXPECT_FALSE(table().take_request(1, asked));
  hops.lookup(flow_to("192.0.2.7"), dataplane::hop_request_interval_ns);
  EXPECT_TRUE(table().take_request(1, asked));
}

TEST_F(Hops, SharesTheGatewayAmongAllFarAddresses) {
  EXPECT_EQ(hops.lookup(flow_to("198.51.100.1"), 0), hops.lookup(flow_to("203.0.113.9"), 0));
  EXPECT_NE(hops.lookup(flow_to("198.51.100.1"), 0), hops.lookup(flow_to("192.0.2.7"), 0));
}

TEST_F(Hops, FollowTheTable) {
  const uint16_t hop = hops.lookup(flow_to("192.0.2.7"), 0);
  EXPECT_EQ(hops.template_of(hop), nullptr);
  resolve(5, "192.0.2.7", peer_mac);
  ASSERT_NE(hops.template_of(hop), nullptr);
  EXPECT_EQ(mac_of(hop), peer_mac);
  EXPECT_EQ(hops.template_of(hop)->source_port_be, wire::swap_be16(40'001));
  resolve(5, "192.0.2.7", our_mac);
  EXPECT_EQ(mac_of(hop), our_mac);
  resolve(5, "192.0.2.7", our_mac, false);
  EXPECT_EQ(hops.template_of(hop), nullptr);
}

TEST_F(Hops, KnowWhatWasResolvedBeforeTheyWereMade) {
  resolve(0, "192.0.2.7", peer_mac);
  EXPECT_NE(hops.template_of(hops.lookup(flow_to("192.0.2.7"), 0)), nullptr);
}

TEST_F(Hops, LoseAnEntryThatWasGivenToAnotherNeighbour) {
  const uint16_t seven = hops.lookup(flow_to("192.0.2.7"), 0);
  const uint16_t eight = hops.lookup(flow_to("192.0.2.8"), 0);
  resolve(0, "192.0.2.7", peer_mac);
  resolve(0, "192.0.2.8", our_mac);
  EXPECT_EQ(hops.template_of(seven), nullptr);
  EXPECT_EQ(mac_of(eight), our_mac);
  // It moved to another entry in the same breath.
  table().publish(1, {.ip = ip("192.0.2.8"), .mac = our_mac, .resolved = 1});
  table().publish(0, {});
  hops.refresh();
  EXPECT_EQ(mac_of(eight), our_mac);
}

TEST_F(Hops, AreNoneWithoutARoute) {
  EXPECT_EQ(hops.lookup(flow_to("192.0.2.7", 9), 0), no_hop);
  Flow f = flow_to("192.0.2.7");
  f.port = 3;
  EXPECT_EQ(hops.lookup(f, 0), no_hop);
  EXPECT_EQ(hops.template_of(no_hop), nullptr);
}

TEST_F(Hops, AreReusedOnlyWhenTheyWereNotLookedUpForLong) {
  const auto nth = [](int i) {
    Flow f = flow_to("2001:db8::", 1);
    f.remote_ip[14] = static_cast<uint8_t>(i / 250);
    f.remote_ip[15] = static_cast<uint8_t>(i % 250);
    return f;
  };
  for (int i = 0; i < dataplane::hops_max; ++i) EXPECT_NE(hops.lookup(nth(i), 0), no_hop);
  EXPECT_EQ(hops.lookup(flow_to("192.0.2.7"), ns_per_s), no_hop);
  const TimeNs later = 3 * dataplane::hop_lookup_interval_max_ns;
  const uint16_t kept = hops.lookup(nth(17), later);
  const uint16_t fresh = hops.lookup(flow_to("192.0.2.7"), later);
  EXPECT_NE(fresh, no_hop);
  EXPECT_NE(fresh, kept);
  EXPECT_EQ(hops.lookup(nth(17), later), kept);
}

}  // namespace
}  // namespace sluice::test
