// What an outgoing mbuf tells its port to do.
#include "dataplane/port/frame_mbuf.h"

#include <gtest/gtest.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "tests/unit/dataplane/ring_port.h"

namespace sluice::dataplane {
namespace {

constexpr uint16_t length = 100;

struct Family {
  const char* name;
  int address;  // of port_config()
  const char* peer;
  uint64_t flag;
  uint16_t ip_length;
};
constexpr Family families[] = {
    {"ipv4", 0, "198.51.100.9", RTE_MBUF_F_TX_IPV4, 20},
    {"ipv6", 1, "2001:db8:9::9", RTE_MBUF_F_TX_IPV6, 40},
};

class FinishedFrame : public testing::TestWithParam<Family> {
 protected:
  FinishedFrame() : rings_(test::port_config(), 1) {}

  // A finished frame of a port that sums, or does not.
  rte_mbuf* make(bool offload, uint16_t vlan) {
    const Family& f = GetParam();
    Attachment a = rings_.port().attachment();
    a.vlan = vlan;
    const auto t = make_frame_template(a, 0, f.address, 40'000, test::peer_mac, offload);
    rte_mbuf* m = rte_pktmbuf_alloc(rings_.pools().transmit(0));
    const IpAddress peer = test::ip(f.peer);
    uint8_t* payload = payload_of(m);
    for (uint16_t i = 0; i < length; ++i) payload[i] = static_cast<uint8_t>(i * 7);
    const auto write = f.address == 0 ? &write_frame4 : &write_frame6;
    set_frame(m, write(t, payload, peer.bytes.data(), 5'000, length, MediaKind::video), length);
    finish_frame(m, t, length);
    return m;
  }
  // The checksum a device must come to; 0 or ffff: sound.
  uint16_t verified(rte_mbuf* m) const {
    const uint8_t* ip = payload_of(m) - 8 - GetParam().ip_length;
    const void* udp = payload_of(m) - 8;
    return GetParam().address == 0
               ? rte_ipv4_udptcp_cksum(reinterpret_cast<const rte_ipv4_hdr*>(ip), udp)
               : rte_ipv6_udptcp_cksum(reinterpret_cast<const rte_ipv6_hdr*>(ip), udp);
  }
  rte_udp_hdr* udp_of(rte_mbuf* m) const {
    return reinterpret_cast<rte_udp_hdr*>(payload_of(m) - 8);
  }

  test::RingPort rings_;
};

TEST_P(FinishedFrame, OfAPortThatDoesNotSumAsksForNothing) {
  rte_mbuf* m = make(false, 0);
  EXPECT_EQ(m->ol_flags, 0U);
  EXPECT_EQ(m->tx_offload, 0U);
  if (GetParam().address == 0) {
    EXPECT_EQ(udp_of(m)->dgram_cksum, 0) << "RFC 768: none";
  } else {
    const uint16_t sent = udp_of(m)->dgram_cksum;
    udp_of(m)->dgram_cksum = 0;
    EXPECT_EQ(verified(m), sent);
  }
  rte_pktmbuf_free(m);
}

TEST_P(FinishedFrame, OfAPortThatSumsSaysWhereAndFromWhat) {
  for (const uint16_t vlan : {uint16_t{0}, uint16_t{42}}) {
    rte_mbuf* m = make(true, vlan);
    EXPECT_EQ(m->ol_flags, RTE_MBUF_F_TX_UDP_CKSUM | GetParam().flag);
    EXPECT_EQ(m->l2_len, vlan != 0 ? 18 : 14);
    EXPECT_EQ(m->l3_len, GetParam().ip_length);
    EXPECT_EQ(m->l4_len, 0);
    // The field holds what DPDK's own preparation of the offload would store.
    const uint8_t* ip = payload_of(m) - 8 - GetParam().ip_length;
    const uint16_t expected =
        GetParam().address == 0
            ? rte_ipv4_phdr_cksum(reinterpret_cast<const rte_ipv4_hdr*>(ip), m->ol_flags)
            : rte_ipv6_phdr_cksum(reinterpret_cast<const rte_ipv6_hdr*>(ip), m->ol_flags);
    EXPECT_EQ(udp_of(m)->dgram_cksum, expected);
    rte_pktmbuf_free(m);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, FinishedFrame, testing::ValuesIn(families),
                         [](const auto& i) { return std::string(i.param.name); });

}  // namespace
}  // namespace sluice::dataplane
