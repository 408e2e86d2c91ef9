#include "dataplane/port/next_hop.h"

#include <gtest/gtest.h>

#include <vector>

#include "dataplane/port/neighbour_frame.h"

namespace sluice::dataplane {
namespace {

IpAddress ip(const char* text) {
  return *parse_ip(text);
}
constexpr wire::MacAddress own{{2, 0, 0, 0, 0, 1}}, peer{{2, 0, 0, 0, 0, 7}},
    other{{2, 0, 0, 0, 0, 8}};

Attachment attachment() {
  Attachment a;
  a.mac = own;
  a.addresses = {{ip("192.0.2.1"), 24}, {ip("2001:db8::1"), 64}};
  return a;
}

// What was sent, taken apart again.
struct Sent {
  wire::MacAddress to;
  std::optional<wire::Arp> arp;
  std::optional<wire::Neighbor> neighbor;
  IpAddress ip_to;
};

class Link final : public FrameSink {
 public:
  void send(wire::ByteView frame) override {
    const auto e = wire::parse_ethernet(frame);
    ASSERT_TRUE(e.has_value());
    ASSERT_EQ(e->source(), own);
    Sent s{.to = e->destination(), .arp = {}, .neighbor = {}, .ip_to = {}};
    if (e->ether_type == wire::ether_type_arp) {
      s.arp = wire::parse_arp(e->payload);
      ASSERT_TRUE(s.arp.has_value());
    } else {
      const auto v6 = wire::parse_ipv6(e->payload);
      ASSERT_TRUE(v6.has_value());
      ASSERT_EQ(v6->hop_limit(), 255);
      const auto icmp = wire::parse_icmpv6(*v6);
      ASSERT_TRUE(icmp.has_value());
      s.neighbor = wire::parse_neighbor(*v6, *icmp);
      s.ip_to = v6->destination();
      ASSERT_TRUE(s.neighbor.has_value());
    }
    sent.push_back(s);
  }
  std::vector<Sent> sent;
};

class NextHops : public testing::Test {
 protected:
  // Polls every 10 ms until `until`; what was sent is in link.sent.
  void run(TimeNs until) {
    for (; now <= until; now += 10 * ns_per_ms) resolver.poll(now, link);
  }
  // Past the announcements.
  void settle() {
    run(5 * ns_per_s);
    link.sent.clear();
  }
  const NextHop* published(const IpAddress& ip_wanted) {
    for (uint32_t i = 0; i < table.used(); ++i) {
      EXPECT_TRUE(table.read(i, hop));
      if (hop.ip == ip_wanted && hop.resolved) return &hop;
    }
    return nullptr;
  }
  NeighbourVerdict arp_from(const char* sender, const wire::MacAddress& mac, const char* target,
                            wire::ArpOperation operation = wire::ArpOperation::reply) {
    return resolver.on_arp({.operation = operation,
                            .sender_mac = mac,
                            .sender_ip = ip(sender),
                            .target_mac = {},
                            .target_ip = ip(target)},
                           now, link);
  }
  // An NS or NA as the wire delivers it.
  NeighbourVerdict neighbor_from(const char* source, const char* destination,
                                 const wire::Neighbor& n) {
    const NeighbourFrame frame(Attachment{.mac = peer, .addresses = {}, .gateways = {}}, own,
                               ip(source), ip(destination), n);
    const auto v6 = wire::parse_ipv6(wire::parse_ethernet(frame.bytes())->payload);
    const auto icmp = wire::parse_icmpv6(*v6);
    const auto message = wire::parse_neighbor(*v6, *icmp);
    EXPECT_TRUE(message.has_value());
    return resolver.on_neighbor(*v6, *message, now, link);
  }

  Attachment at = attachment();
  NextHopTable table;
  NextHopResolver resolver{at, table};
  Link link;
  NextHop hop;
  TimeNs now = 0;
};

TEST_F(NextHops, AnnouncesEachAddressThreeTimes) {
  run(10 * ns_per_s);
  ASSERT_EQ(link.sent.size(), 6u);
  for (std::size_t i = 0; i < 6; i += 2) {
    EXPECT_EQ(link.sent[i].to, wire::mac_broadcast);
    EXPECT_EQ(link.sent[i].arp->sender_ip, ip("192.0.2.1"));
    EXPECT_EQ(link.sent[i].arp->target_ip, ip("192.0.2.1"));
    EXPECT_TRUE(link.sent[i + 1].neighbor->is_advertisement);
    EXPECT_EQ(link.sent[i + 1].neighbor->target, ip("2001:db8::1"));
    EXPECT_EQ(link.sent[i + 1].ip_to, ip("ff02::1"));
  }
}

TEST_F(NextHops, AnnouncesAgainWhenTheLinkComesUp) {
  settle();
  resolver.on_link_up(now);
  run(now + 10 * ns_per_s);
  EXPECT_EQ(link.sent.size(), 6u);
}

TEST_F(NextHops, ResolvesWhatAWorkerAsksFor) {
  settle();
  ASSERT_TRUE(table.request(3, ip("192.0.2.7")));
  run(now + 10 * ns_per_ms);
  ASSERT_EQ(link.sent.size(), 1u);
  EXPECT_EQ(link.sent[0].to, wire::mac_broadcast);
  EXPECT_EQ(link.sent[0].arp->operation, wire::ArpOperation::request);
  EXPECT_EQ(link.sent[0].arp->sender_ip, ip("192.0.2.1"));
  EXPECT_EQ(link.sent[0].arp->target_ip, ip("192.0.2.7"));
  EXPECT_EQ(published(ip("192.0.2.7")), nullptr);
  const uint32_t before = table.version();
  EXPECT_EQ(arp_from("192.0.2.7", peer, "192.0.2.1"), NeighbourVerdict::consumed);
  EXPECT_NE(table.version(), before);
  ASSERT_NE(published(ip("192.0.2.7")), nullptr);
  EXPECT_EQ(hop.mac, peer);
}

TEST_F(NextHops, ResolvesIpv6BySolicitedNodeGroup) {
  settle();
  table.request(0, ip("2001:db8::abcd:1234"));
  run(now + 10 * ns_per_ms);
  ASSERT_EQ(link.sent.size(), 1u);
  EXPECT_EQ(link.sent[0].ip_to, ip("ff02::1:ffcd:1234"));
  EXPECT_EQ(link.sent[0].to, (wire::MacAddress{{0x33, 0x33, 0xff, 0xcd, 0x12, 0x34}}));
  EXPECT_EQ(link.sent[0].neighbor->target, ip("2001:db8::abcd:1234"));
  EXPECT_EQ(link.sent[0].neighbor->mac, own);
  EXPECT_EQ(neighbor_from("2001:db8::abcd:1234", "2001:db8::1",
                          {.is_advertisement = true,
                           .solicited = true,
                           .override = true,
                           .has_mac = true,
                           .target = ip("2001:db8::abcd:1234"),
                           .mac = peer}),
            NeighbourVerdict::consumed);
  ASSERT_NE(published(ip("2001:db8::abcd:1234")), nullptr);
  EXPECT_EQ(hop.mac, peer);
}

TEST_F(NextHops, RetriesAtMostOncePerSecondAndBacksOff) {
  settle();
  const TimeNs start = now;
  table.request(0, ip("192.0.2.7"));
  std::vector<TimeNs> at_times;
  for (; now <= start + 40 * ns_per_s; now += 10 * ns_per_ms) {
    const auto before = link.sent.size();
    resolver.poll(now, link);
    if (link.sent.size() != before) at_times.push_back(now - start);
  }
  ASSERT_GE(at_times.size(), 6u);
  const TimeNs wanted_s[] = {0, 1, 3, 7, 15, 23};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(static_cast<double>(at_times[i]) / 1e9, static_cast<double>(wanted_s[i]), 0.1) << i;
  }
}

TEST_F(NextHops, RefreshesByUnicastAndKeepsTheOldMacMeanwhile) {
  settle();
  table.request(0, ip("192.0.2.7"));
  run(now + 10 * ns_per_ms);
  arp_from("192.0.2.7", peer, "192.0.2.1");
  link.sent.clear();
  // The worker goes on using it; the neighbour is silent.
  const TimeNs heard = now;
  std::size_t unicast = 0, broadcast = 0;
  while (now < heard + 100 * ns_per_s) {
    table.request(0, ip("192.0.2.7"));
    run(now + 10 * ns_per_s);
    ASSERT_NE(published(ip("192.0.2.7")), nullptr) << (now - heard) / ns_per_s;
  }
  for (const auto& s : link.sent) (s.to == peer ? unicast : broadcast)++;
  EXPECT_EQ(unicast, 3u);
  EXPECT_GE(broadcast, 3u);
  run(heard + 140 * ns_per_s);
  EXPECT_EQ(published(ip("192.0.2.7")), nullptr);
  // It comes back with another MAC.
  arp_from("192.0.2.7", other, "192.0.2.1");
  ASSERT_NE(published(ip("192.0.2.7")), nullptr);
  EXPECT_EQ(hop.mac, other);
}

TEST_F(NextHops, DoesNotPublishWhatOnlyConfirms) {
  settle();
  table.request(0, ip("192.0.2.7"));
  run(now + 10 * ns_per_ms);
  arp_from("192.0.2.7", peer, "192.0.2.1");
  const uint32_t version = table.version();
  for (int i = 0; i < 10; ++i) {
    now += 5 * ns_per_s;
    arp_from("192.0.2.7", peer, "192.0.2.1");
    run(now);
  }
  EXPECT_EQ(table.version(), version);
}

TEST_F(NextHops, FollowsANeighbourToANewMac) {
  settle();
  table.request(0, ip("192.0.2.7"));
  run(now + 10 * ns_per_ms);
  arp_from("192.0.2.7", peer, "192.0.2.1");
  // Gratuitous: a virtual router moved to another box.
  EXPECT_EQ(arp_from("192.0.2.7", other, "192.0.2.7", wire::ArpOperation::request),
            NeighbourVerdict::consumed);
  ASSERT_NE(published(ip("192.0.2.7")), nullptr);
  EXPECT_EQ(hop.mac, other);
}

TEST_F(NextHops, AnswersAndLearnsFromRequestsForOurAddress) {
  settle();
  EXPECT_EQ(arp_from("192.0.2.9", peer, "192.0.2.1", wire::ArpOperation::request),
            NeighbourVerdict::consumed);
  ASSERT_EQ(link.sent.size(), 1u);
  EXPECT_EQ(link.sent[0].to, peer);
  EXPECT_EQ(link.sent[0].arp->operation, wire::ArpOperation::reply);
  EXPECT_EQ(link.sent[0].arp->sender_ip, ip("192.0.2.1"));
  EXPECT_EQ(link.sent[0].arp->sender_mac, own);
  EXPECT_EQ(link.sent[0].arp->target_ip, ip("192.0.2.9"));
  EXPECT_NE(published(ip("192.0.2.9")), nullptr);
}

TEST_F(NextHops, AnswersSolicitationsAlsoFromADuplicateAddressDetection) {
  settle();
  EXPECT_EQ(neighbor_from("2001:db8::9", "ff02::1:ff00:1",
                          {.has_mac = true, .target = ip("2001:db8::1"), .mac = peer}),
            NeighbourVerdict::consumed);
  ASSERT_EQ(link.sent.size(), 1u);
  EXPECT_EQ(link.sent[0].to, peer);
  EXPECT_EQ(link.sent[0].ip_to, ip("2001:db8::9"));
  EXPECT_TRUE(link.sent[0].neighbor->solicited);
  EXPECT_EQ(link.sent[0].neighbor->mac, own);
  EXPECT_NE(published(ip("2001:db8::9")), nullptr);

  EXPECT_EQ(neighbor_from("::", "ff02::1:ff00:1", {.target = ip("2001:db8::1"), .mac = {}}),
            NeighbourVerdict::consumed);
  ASSERT_EQ(link.sent.size(), 2u);
  EXPECT_EQ(link.sent[1].ip_to, ip("ff02::1"));
  EXPECT_FALSE(link.sent[1].neighbor->solicited);
}

TEST_F(NextHops, LeavesRequestsForOthersAlone) {
  settle();
  EXPECT_EQ(arp_from("192.0.2.9", peer, "192.0.2.10", wire::ArpOperation::request),
            NeighbourVerdict::not_ours);
  EXPECT_TRUE(link.sent.empty());
  EXPECT_EQ(resolver.known(), 0u);
}

TEST_F(NextHops, RefusesWhoeverClaimsOurAddress) {
  settle();
  EXPECT_EQ(arp_from("192.0.2.1", peer, "192.0.2.9", wire::ArpOperation::request),
            NeighbourVerdict::malformed);
  EXPECT_EQ(neighbor_from("2001:db8::9", "ff02::1",
                          {.is_advertisement = true,
                           .override = true,
                           .has_mac = true,
                           .target = ip("2001:db8::1"),
                           .mac = peer}),
            NeighbourVerdict::malformed);
  EXPECT_EQ(arp_from("192.0.2.1", own, "192.0.2.1", wire::ArpOperation::request),
            NeighbourVerdict::not_ours);  // our own, reflected
  EXPECT_EQ(resolver.known(), 0u);
}

TEST_F(NextHops, LearnsNoGroupAndNoForeignNetwork) {
  settle();
  arp_from("192.0.2.9", wire::mac_broadcast, "192.0.2.1");
  arp_from("198.51.100.9", peer, "192.0.2.1");
  arp_from("0.0.0.0", peer, "192.0.2.1", wire::ArpOperation::request);
  EXPECT_EQ(resolver.known(), 0u);
}

TEST_F(NextHops, ForgetsWhatNobodyUses) {
  settle();
  table.request(0, ip("192.0.2.7"));
  run(now + 10 * ns_per_ms);
  arp_from("192.0.2.7", peer, "192.0.2.1");
  now += unused_after_ns + 60 * ns_per_s;
  resolver.poll(now, link);
  EXPECT_EQ(published(ip("192.0.2.7")), nullptr);
  EXPECT_EQ(resolver.known(), 0u);
}

TEST_F(NextHops, AFloodOfStrangersCannotTakeThePlaceOfAWantedNeighbour) {
  at.addresses[0].prefix_length = 16;
  settle();
  for (int i = 0; i < 3'000; ++i) {
    IpAddress a = ip("192.0.0.0");
    a.bytes[2] = static_cast<uint8_t>(100 + i / 250);
    a.bytes[3] = static_cast<uint8_t>(1 + i % 250);
    now += ns_per_us;
    resolver.on_arp({.operation = wire::ArpOperation::request,
                     .sender_mac = peer,
                     .sender_ip = a,
                     .target_mac = {},
                     .target_ip = ip("192.0.2.1")},
                    now, link);
  }
  EXPECT_EQ(resolver.known(), NextHopTable::capacity);
  table.request(0, ip("192.0.2.7"));
  run(now + 20 * ns_per_ms);
  arp_from("192.0.2.7", other, "192.0.2.1");
  ASSERT_NE(published(ip("192.0.2.7")), nullptr);
  EXPECT_EQ(hop.mac, other);
}

class GatewayHops : public NextHops {
 protected:
  GatewayHops() { at.gateways = {ip("192.0.2.254"), ip("fe80::1")}; }
};

TEST_F(GatewayHops, AreResolvedBeforeAnybodyAsks) {
  run(20 * ns_per_ms);
  bool v4 = false, v6 = false;
  for (const auto& s : link.sent) {
    v4 |= s.arp && s.arp->target_ip == ip("192.0.2.254");
    v6 |= s.neighbor && s.neighbor->target == ip("fe80::1");
  }
  EXPECT_TRUE(v4);
  EXPECT_TRUE(v6);
}

TEST_F(GatewayHops, AreNeverForgotten) {
  run(20 * ns_per_ms);
  arp_from("192.0.2.254", peer, "192.0.2.1");
  for (int minute = 0; minute < 30; ++minute) {
    now += 60 * ns_per_s;
    resolver.poll(now, link);
    arp_from("192.0.2.254", peer, "192.0.2.1");
  }
  EXPECT_NE(published(ip("192.0.2.254")), nullptr);
}

class SharedLink : public NextHops {
 protected:
  SharedLink() { at.shared_with_kernel = true; }
};

TEST_F(SharedLink, LeavesAnsweringToTheKernelAndLearnsFromReplies) {
  run(5 * ns_per_s);
  EXPECT_TRUE(link.sent.empty());
  EXPECT_EQ(arp_from("192.0.2.9", peer, "192.0.2.1", wire::ArpOperation::request),
            NeighbourVerdict::not_ours);
  EXPECT_TRUE(link.sent.empty());
  table.request(0, ip("192.0.2.7"));
  run(now + 10 * ns_per_ms);
  EXPECT_EQ(link.sent.size(), 1u);
  EXPECT_EQ(arp_from("192.0.2.7", peer, "192.0.2.1"), NeighbourVerdict::not_ours);
  EXPECT_NE(published(ip("192.0.2.7")), nullptr);
}

}  // namespace
}  // namespace sluice::dataplane
