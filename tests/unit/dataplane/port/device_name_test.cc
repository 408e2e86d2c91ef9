#include "dataplane/port/device_name.h"

#include <gtest/gtest.h>

namespace sluice::dataplane {
namespace {

TEST(DeviceName, TellsPciAddressesFromVirtualDevices) {
  EXPECT_TRUE(is_pci("0000:03:00.1"));
  EXPECT_TRUE(is_pci("03:00.1"));
  EXPECT_TRUE(is_pci("0000:af:02.7,representor=0"));
  EXPECT_FALSE(is_pci("net_af_packet0,iface=eth0"));
  EXPECT_FALSE(is_pci("net_tap0"));
  EXPECT_FALSE(is_pci("net_pcap0,rx_pcap=a:b.pcap"));
}

TEST(DeviceName, MatchesADriverWithAnyNumber) {
  EXPECT_TRUE(is_driver("net_af_packet0,iface=x", "net_af_packet"));
  EXPECT_TRUE(is_driver("net_af_packet12", "net_af_packet"));
  EXPECT_FALSE(is_driver("net_af_packetx", "net_af_packet"));
  EXPECT_FALSE(is_driver("net_tap0", "net_af_packet"));
}

TEST(DeviceName, AddsQueuesWhereTheDriverWantsToBeTold) {
  EXPECT_EQ(with_queues("net_af_packet0,iface=x", 3, 1024),
            "net_af_packet0,iface=x,qpairs=3,framecnt=8192");
  EXPECT_EQ(with_queues("net_af_packet0,iface=x,qpairs=1", 3, 16384),
            "net_af_packet0,iface=x,qpairs=1,framecnt=16384");
  EXPECT_EQ(with_queues("net_af_packet0,iface=x,qpairs=1,framecnt=512", 3, 1024),
            "net_af_packet0,iface=x,qpairs=1,framecnt=512");
  EXPECT_EQ(with_queues("net_af_xdp0,iface=x", 2, 1024), "net_af_xdp0,iface=x,queue_count=2");
  EXPECT_EQ(with_queues("net_tap0,iface=x", 2, 1024), "net_tap0,iface=x");
}

}  // namespace
}  // namespace sluice::dataplane
