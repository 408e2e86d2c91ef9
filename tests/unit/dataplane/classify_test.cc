#include "dataplane/classify.h"

#include <gtest/gtest.h>

#include "common/wire/arp.h"
#include "common/wire/icmpv6.h"
#include "tests/unit/dataplane/own_network.h"
#include "tests/unit/dataplane/wire_side.h"

namespace sluice::test {
namespace {

using shm::Counter;
using Bytes = std::vector<uint8_t>;

const SocketAddress us4{ip("192.0.2.1"), 40'000, 0}, peer4{ip("192.0.2.7"), 5'000, 0};
const SocketAddress us6{ip("2001:db8::1"), 40'000, 0}, peer6{ip("2001:db8::7"), 5'000, 0};

Bytes stun() {
  return {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
}

class Classify : public testing::Test {
 protected:
  explicit Classify(config::Port config = port_config(), uint32_t workers = 1)
      : rings(config, workers), side(rings, 0) {}

  // Runs one frame through and says which counters of identity 1 it ended in ("" = it travels on).
  std::string fate_of(const Bytes& frame) {
    const shm::Counters before = side.counters;
    rings.give(0, frame);
    side.turn();
    std::string names;
    for (std::size_t i = 0; i < shm::counter_count; ++i) {
      const auto group = shm::counter_infos[i].group;
      if (group != shm::CounterGroup::received_ok && group != shm::CounterGroup::ingress_drop)
        continue;
      for (uint64_t n = before.values[i]; n < side.counters.values[i]; ++n) {
        names += (names.empty() ? "" : " ") + std::string(shm::counter_infos[i].name);
      }
    }
    const bool counted = !names.empty();
    EXPECT_EQ(counted, side.classified() == 0) << names;
    EXPECT_EQ(received_imbalance(side.counters) - received_imbalance(before), counted ? 0 : 1);
    return names;
  }

  RingPort rings;
  WireSide side;
};

TEST_F(Classify, SortsDatagramsByTheirFirstBytes) {
  for (const auto& [from, to] : {std::pair{peer4, us4}, std::pair{peer6, us6}}) {
    rings.give(0, udp_frame(from, to, stun()));
    rings.give(0, udp_frame(from, to, {22, 0xfe, 0xfd, 0}));
    rings.give(0, udp_frame(from, to, {0x80, 96, 0, 1}));
    rings.give(0, udp_frame(from, to, {0x81, 200, 0, 1}));
    rings.give(0, udp_frame(from, to, {0x80, 97, 0, 2}));
    side.turn();
    EXPECT_EQ(side.out.stun.count, 1u);
    EXPECT_EQ(side.out.dtls.count, 1u);
    EXPECT_EQ(side.out.srtcp.count, 1u);
    ASSERT_EQ(side.out.srtp.count, 2u);
    EXPECT_EQ(side.out.srtp.items[0].data[3], 1);
    EXPECT_EQ(side.out.srtp.items[1].data[3], 2);
    const auto& p = side.out.srtp.items[0];
    EXPECT_EQ(p.length, 4);
    EXPECT_EQ(remote_of(p.flow), from);
    EXPECT_EQ(p.flow.local_port, 40'000);
    EXPECT_EQ(p.flow.local_address, from.ip.is_v4() ? 0 : 1);
    EXPECT_EQ(p.flow.port, 0);
  }
}

TEST_F(Classify, CutsLinkPaddingOff) {
  Bytes frame = udp_frame(peer4, us4, stun());
  frame.resize(60, 0xaa);
  rings.give(0, frame);
  side.turn();
  ASSERT_EQ(side.out.stun.count, 1u);
  EXPECT_EQ(side.out.stun.items[0].length, 8);
}

TEST_F(Classify, CountsEveryTruncationOfEveryKindOfFrameOnce) {
  const std::vector<Bytes> frames = {udp_frame(peer4, us4, stun()), udp_frame(peer6, us6, stun())};
  for (const auto& frame : frames) {
    const std::size_t ip_length = &frame == &frames[0] ? 20 : 40;
    for (std::size_t n = 0; n < frame.size(); ++n) {
      const std::string fate =
          fate_of(Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(n)));
      EXPECT_EQ(fate, n < 14 ? "drop_malformed_ethernet" : "drop_malformed_ip")
          << n << ' ' << ip_length;
    }
    EXPECT_EQ(fate_of(frame), "");
  }
  EXPECT_EQ(side.counters[Counter::rx_packets], frames[0].size() + frames[1].size() + 2);
}

TEST_F(Classify, CountsEveryLengthFieldThatLiesOnce) {
  const Bytes good = udp_frame(peer4, us4, stun());
  for (int n = 0; n < 256; ++n) {
    Bytes total = good, header = good, udp = good;
    total[17] = static_cast<uint8_t>(n);
    header[14] = static_cast<uint8_t>(n);
    udp[39] = static_cast<uint8_t>(n);
    // A total length shorter than the bytes is padding, but then UDP does not fit.
    EXPECT_EQ(fate_of(total), n == 36             ? ""
                              : n >= 20 && n < 36 ? "drop_malformed_udp"
                                                  : "drop_malformed_ip")
        << n;
    const std::string fate = fate_of(header);
    if (n == 0x45) {
      EXPECT_EQ(fate, "");
    } else {
      EXPECT_TRUE(fate == "drop_malformed_ip" || fate == "not_ours" || fate == "drop_malformed_udp")
          << n << fate;
    }
    const std::string udp_fate = fate_of(udp);
    const bool fits = n >= 8 && n <= 16;
    EXPECT_EQ(udp_fate, !fits ? "drop_malformed_udp" : n < 10 ? "drop_unknown_protocol" : "") << n;
  }
}

TEST_F(Classify, NamesWhatItDoesNotTake) {
  EXPECT_EQ(fate_of(udp_frame(peer4, us4, {})), "drop_unknown_protocol");
  EXPECT_EQ(fate_of(udp_frame(peer4, us4, {5, 5, 5})), "drop_unknown_protocol");
  EXPECT_EQ(fate_of(udp_frame(peer4, us4, {64, 0, 0, 0})), "drop_unknown_protocol");  // TURN
  EXPECT_EQ(fate_of(udp_frame(peer4, {us4.ip, 40'001, 0}, stun())), "not_ours");
  EXPECT_EQ(fate_of(udp_frame(peer4, {us4.ip, 39'999, 0}, stun())), "not_ours");
  EXPECT_EQ(fate_of(udp_frame(peer4, {ip("192.0.2.2"), 40'000, 0}, stun())), "not_ours");
  EXPECT_EQ(fate_of(udp_frame(peer6, {ip("2001:db8::2"), 40'000, 0}, stun())), "not_ours");
  EXPECT_EQ(fate_of(udp_frame({peer4.ip, 0, 0}, us4, stun())), "drop_malformed_udp");
  EXPECT_EQ(fate_of(udp_frame(us4, us4, stun())), "drop_malformed_ip");
  EXPECT_EQ(fate_of(udp_frame({ip("224.0.0.1"), 9, 0}, us4, stun())), "drop_malformed_ip");
  EXPECT_EQ(fate_of(udp_frame({ip("::"), 9, 0}, us6, stun())), "drop_malformed_ip");
  EXPECT_EQ(fate_of(udp_frame(peer4, us4, stun(), 7)), "not_ours");  // a VLAN this port is not in
  EXPECT_EQ(fate_of(ethernet_frame(our_mac, peer_mac, 0x88cc, stun())), "not_ours");
  Bytes other = udp_frame(peer4, us4, stun());
  other[5] = 0x77;  // another station's MAC
  EXPECT_EQ(fate_of(other), "not_ours");
  Bytes fragment = udp_frame(peer4, us4, stun());
  fragment[20] = 0x20;  // more fragments
  EXPECT_EQ(fate_of(fragment), "drop_malformed_ip");
}

TEST_F(Classify, AnswersPings) {
  Bytes message = {8, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g'};
  wire::store_be16(message.data() + 2, wire::internet_checksum(message));
  Bytes packet(20 + message.size());
  wire::write_ipv4(packet, {.source = peer4.ip, .destination = us4.ip, .protocol = 1},
                   message.size());
  std::copy(message.begin(), message.end(), packet.begin() + 20);
  EXPECT_EQ(fate_of(ethernet_frame(our_mac, peer_mac, wire::ether_type_ipv4, packet)),
            "icmp_answered");
  const auto sent = rings.take(0);
  ASSERT_EQ(sent.size(), 1u);
  const auto e = wire::parse_ethernet(sent[0]);
  EXPECT_EQ(e->destination(), peer_mac);
  const auto v4 = wire::parse_ipv4(e->payload);
  ASSERT_TRUE(v4 && v4->checksum_ok());
  EXPECT_EQ(v4->destination(), peer4.ip);
  const auto icmp = wire::parse_icmp(v4->payload);
  ASSERT_TRUE(icmp.has_value());
  EXPECT_EQ(icmp->type(), wire::icmp_echo_reply);
  EXPECT_EQ(Bytes(icmp->bytes.begin() + 4, icmp->bytes.end()),
            Bytes(message.begin() + 4, message.end()));
  packet[24] ^= 1;
  EXPECT_EQ(fate_of(ethernet_frame(our_mac, peer_mac, wire::ether_type_ipv4, packet)),
            "drop_malformed_ip");
  EXPECT_EQ(side.counters[Counter::tx_control], 1u);
}

TEST_F(Classify, AnswersArpAndNeighbourSolicitations) {
  Bytes arp(28);
  wire::write_arp(
      arp, {.sender_mac = peer_mac, .sender_ip = peer4.ip, .target_mac = {}, .target_ip = us4.ip});
  EXPECT_EQ(fate_of(ethernet_frame(wire::mac_broadcast, peer_mac, wire::ether_type_arp, arp)),
            "arp_answered");
  EXPECT_EQ(rings.take(0).size(), 1u);
  for (std::size_t n = 0; n < arp.size(); ++n) {
    const Bytes cut(arp.begin(), arp.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_EQ(fate_of(ethernet_frame(wire::mac_broadcast, peer_mac, wire::ether_type_arp, cut)),
              "drop_malformed_ethernet");
  }
  const IpAddress group = wire::solicited_node(us6.ip);
  Bytes packet(72);
  const std::size_t length =
      wire::write_neighbor(wire::ByteSpan(packet).subspan(40), peer6.ip, group,
                           {.has_mac = true, .target = us6.ip, .mac = peer_mac});
  wire::write_ipv6(
      packet, {.source = peer6.ip, .destination = group, .protocol = 58, .hop_limit = 255}, length);
  const auto to = wire::ipv6_multicast_mac(group);
  EXPECT_EQ(fate_of(ethernet_frame(to, peer_mac, wire::ether_type_ipv6, packet)), "ndp_answered");
  EXPECT_EQ(rings.take(0).size(), 1u);
  packet[7] = 64;  // through a router
  EXPECT_EQ(fate_of(ethernet_frame(to, peer_mac, wire::ether_type_ipv6, packet)),
            "drop_malformed_ip");
}

TEST_F(Classify, ReportsThePathMtuOfItsFlows) {
  const Bytes quoted_frame = udp_frame(us4, {ip("198.51.100.1"), 7'000, 0}, stun());
  Bytes message = {3, 4, 0, 0, 0, 0, 0x05, 0x14};  // 1,300 bytes
  message.insert(message.end(), quoted_frame.begin() + 14, quoted_frame.end());
  wire::store_be16(message.data() + 2, wire::internet_checksum(message));
  Bytes packet(20 + message.size());
  wire::write_ipv4(packet, {.source = ip("203.0.113.1"), .destination = us4.ip, .protocol = 1},
                   message.size());
  std::copy(message.begin(), message.end(), packet.begin() + 20);
  EXPECT_EQ(fate_of(ethernet_frame(our_mac, peer_mac, wire::ether_type_ipv4, packet)),
            "icmp_answered");
  ASSERT_EQ(side.out.path_mtu_count, 1u);
  EXPECT_EQ(side.out.path_mtu[0].mtu, 1'300u);
  EXPECT_EQ(remote_of(side.out.path_mtu[0].flow), (SocketAddress{ip("198.51.100.1"), 7'000, 0}));
  EXPECT_EQ(side.out.path_mtu[0].flow.local_port, 40'000);
  side.out.clear();  // the next loop begins with room for all reports
  EXPECT_EQ(side.out.path_mtu_count, 0u);
}

TEST_F(Classify, LeaksNoBuffer) {
  fate_of({});
  const uint32_t before = rings.in_use(0);
  for (int i = 0; i < 3'000; ++i) fate_of(udp_frame(peer4, us4, {5, 5, 5}));
  side.free_lists();
  EXPECT_EQ(rings.in_use(0), before);
}

config::Port tagged() {
  auto c = port_config();
  c.vlan = 42;
  return c;
}
class ClassifyTagged : public Classify {
 protected:
  ClassifyTagged() : Classify(tagged()) {}
};
TEST_F(ClassifyTagged, TakesOnlyItsOwnVlan) {
  EXPECT_EQ(fate_of(udp_frame(peer4, us4, stun(), 42)), "");
  EXPECT_EQ(fate_of(udp_frame(peer4, us4, stun(), 43)), "not_ours");
  EXPECT_EQ(fate_of(udp_frame(peer4, us4, stun())), "not_ours");
  const Bytes cut = udp_frame(peer4, us4, stun(), 42);
  EXPECT_EQ(fate_of(Bytes(cut.begin(), cut.begin() + 16)), "drop_malformed_ethernet");
}

// Takes UDP ports of the kernel: not those of the machine where that can be had.
config::Port shared() {
  dataplane::enter_own_network();
  auto c = port_config();
  // The kernel of the test machine has none of the documentation addresses to share.
  c.addresses = {{ip("127.0.0.1"), 8}};
  c.gateways.clear();
  c.shared_with_kernel = true;
  return c;
}
class ClassifyShared : public Classify {
 protected:
  ClassifyShared() : Classify(shared()) {}
};
TEST_F(ClassifyShared, LeavesEverythingButItsPortsToTheKernel) {
  const SocketAddress us{ip("127.0.0.1"), 40'000, 0}, peer{ip("127.0.0.2"), 9, 0};
  EXPECT_EQ(fate_of(udp_frame(peer, us, stun())), "");
  EXPECT_EQ(fate_of(udp_frame(peer, {us.ip, 53, 0}, stun())), "not_ours");
  Bytes tcp = udp_frame(peer, us, stun());
  tcp[23] = 6;
  tcp[16] = 0xff;  // longer than what was captured
  EXPECT_EQ(fate_of(tcp), "not_ours");
  Bytes arp(28);
  wire::write_arp(
      arp, {.sender_mac = peer_mac, .sender_ip = peer.ip, .target_mac = {}, .target_ip = us.ip});
  EXPECT_EQ(fate_of(ethernet_frame(wire::mac_broadcast, peer_mac, wire::ether_type_arp, arp)),
            "not_ours");
  Bytes ping(28);
  ping[20] = 8;
  wire::store_be16(ping.data() + 22, wire::internet_checksum(wire::ByteView(ping).subspan(20)));
  wire::write_ipv4(ping, {.source = peer.ip, .destination = us.ip, .protocol = 1}, 8);
  EXPECT_EQ(fate_of(ethernet_frame(our_mac, peer_mac, wire::ether_type_ipv4, ping)), "not_ours");
  EXPECT_TRUE(rings.take(0).empty());
}

class ClassifyByTwo : public Classify {
 protected:
  ClassifyByTwo() : Classify(port_config(), 2) {}
  WireSide second{rings, 1};
};
TEST_F(ClassifyByTwo, PassesPacketsHome) {
  rings.give(0, udp_frame(peer4, {us4.ip, 40'001, 0}, stun()));
  side.turn();
  EXPECT_EQ(side.classified(), 0u);
  EXPECT_EQ(side.counters[Counter::handover_out], 1u);
  EXPECT_EQ(received_imbalance(side.counters), 0);
  EXPECT_EQ(rings.handover().pending(1), 1u);
  second.turn();
  ASSERT_EQ(second.out.stun.count, 1u);
  EXPECT_EQ(remote_of(second.out.stun.items[0].flow), peer4);
  EXPECT_EQ(second.counters[Counter::handover_in], 1u);
  EXPECT_EQ(second.counters[Counter::rx_packets], 0u);
}
TEST_F(ClassifyByTwo, GivesArpToTheFirstWorker) {
  Bytes arp(28);
  wire::write_arp(
      arp, {.sender_mac = peer_mac, .sender_ip = peer4.ip, .target_mac = {}, .target_ip = us4.ip});
  rings.give(1, ethernet_frame(wire::mac_broadcast, peer_mac, wire::ether_type_arp, arp));
  second.turn();
  side.turn();
  EXPECT_EQ(second.counters[Counter::handover_out], 1u);
  EXPECT_EQ(side.counters[Counter::arp_answered], 1u);
  EXPECT_EQ(rings.take(0).size(), 1u);
}
TEST_F(ClassifyByTwo, CountsWhatFindsTheRingHomeFull) {
  constexpr uint32_t sent = dataplane::handover_ring_size + 100;
  for (uint32_t i = 0; i < sent; ++i) {
    rings.give(0, udp_frame(peer4, {us4.ip, 40'001, 0}, stun()));
    side.turn();
  }
  const auto& c = side.counters;
  EXPECT_GE(c[Counter::drop_handover_full], 100u);
  EXPECT_EQ(c[Counter::drop_handover_full] + c[Counter::handover_out], sent);
  EXPECT_EQ(received_imbalance(c), 0);
}

}  // namespace
}  // namespace sluice::test
