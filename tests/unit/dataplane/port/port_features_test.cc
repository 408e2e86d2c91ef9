#include "dataplane/port/port_features.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/ring_port.h"

namespace sluice::dataplane {
namespace {

using shm::DoneBy;
using enum shm::PortFeature;

shm::PortInfo queues(uint8_t rx, uint8_t tx) {
  shm::PortInfo info;
  info.rx_queues = rx;
  info.tx_queues = tx;
  info.worker_udp_port[0] = 40'000;
  return info;
}

Attachment on(const char* ip) {
  Attachment a;
  a.addresses = {{test::ip(ip), 24}};
  return a;
}

bool says(const shm::PortInfo& info, shm::PortFeature f, const char* part) {
  return info.feature(f).why.view().find(part) != std::string_view::npos;
}

TEST(PortFeatures, OfAPlainDeviceWithOneWorkerAreLeftToTheWorker) {
  config::Port config = test::port_config();
  config.vlan = 42;
  config.dscp.video = 34;
  test::RingPort rings(config, 1);
  const shm::PortInfo& info = rings.port().info();
  EXPECT_EQ(info.feature(rss).by, DoneBy::none_needed);
  EXPECT_EQ(info.feature(flow_rules).by, DoneBy::none_needed);
  EXPECT_EQ(info.feature(tx_ipv4_checksum).by, DoneBy::software);
  EXPECT_EQ(info.feature(tx_udp4_checksum).by, DoneBy::none_needed);
  EXPECT_EQ(info.feature(tx_udp6_checksum).by, DoneBy::software);
  EXPECT_EQ(info.feature(vlan_tag).by, DoneBy::software);
  EXPECT_EQ(info.feature(dscp).by, DoneBy::software);
  EXPECT_TRUE(says(info, dscp, "audio 46, video 34, control 0"));
  EXPECT_EQ(info.vlan, 42);
  EXPECT_EQ(info.own_addresses[1], test::ip("2001:db8::1"));
  EXPECT_EQ(info.prefix_lengths[1], 64);
  EXPECT_NE(info.rx_descriptors, 0);
  for (const auto& use : info.features) EXPECT_FALSE(use.why.empty());
}

TEST(PortFeatures, ThatTheDeviceOffersAreUsed) {
  shm::PortInfo info = queues(2, 2);
  describe_offloads(info, on("192.0.2.1"),
                    {.can_hash = true,
                     .hashes = true,
                     .rx_ipv4_checksum = true,
                     .udp_checksum = true,
                     .fast_free = true});
  for (const auto f : {rss, rx_ipv4_checksum, tx_udp4_checksum, fast_free})
    EXPECT_EQ(info.feature(f).by, DoneBy::hardware);
  EXPECT_EQ(info.feature(tx_udp6_checksum).by, DoneBy::none_needed) << "no IPv6 address";
  describe_steering(info, 2, {.rules = 4, .refusal = {}});
  EXPECT_EQ(info.feature(flow_rules).by, DoneBy::hardware);
  EXPECT_EQ(info.flow_rules, 4);
  EXPECT_TRUE(says(info, flow_rules, "4 rules: UDP port 40000 + i to queue i"));
}

TEST(PortFeatures, ThatAreMissingSayWhy) {
  shm::PortInfo info = queues(2, 2);
  describe_offloads(info, on("2001:db8::1"), {});
  EXPECT_EQ(info.feature(rss).by, DoneBy::off);
  EXPECT_TRUE(says(info, rss, "does not hash UDP"));
  EXPECT_TRUE(says(info, rx_ipv4_checksum, "no IPv4 address"));
  EXPECT_EQ(info.feature(tx_udp6_checksum).by, DoneBy::software);
  describe_offloads(info, on("2001:db8::1"), {.can_hash = true});
  EXPECT_TRUE(says(info, rss, "refused"));
  describe_steering(info, 2, {.rules = 0, .refusal = "not supported"});
  EXPECT_EQ(info.feature(flow_rules).by, DoneBy::software);
  EXPECT_TRUE(says(info, flow_rules, "passed home; the device: not supported"));

  shm::PortInfo narrow = queues(1, 2);
  describe_offloads(narrow, on("192.0.2.1"), {});
  describe_steering(narrow, 2, {});
  EXPECT_TRUE(says(narrow, rss, "one receive queue"));
  EXPECT_TRUE(says(narrow, flow_rules, "fewer receive queues than workers"));
}

TEST(PortFeatures, OfAnUnmarkedUntaggedPortAreOffAndNotNeeded) {
  shm::PortInfo info = queues(1, 1);
  Attachment a = on("192.0.2.1");
  a.dscp = {0, 0, 0};
  describe_frames(info, a);
  EXPECT_EQ(info.feature(dscp).by, DoneBy::off);
  EXPECT_EQ(info.feature(vlan_tag).by, DoneBy::none_needed);
}

}  // namespace
}  // namespace sluice::dataplane
