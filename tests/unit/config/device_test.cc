#include "common/config/device.h"

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

TEST(Device, takes_pci_addresses_and_virtual_devices) {
  for (const char* text :
       {"0000:03:00.1", "03:00.1", "0000:3b:0a.7", "net_null0", "net_af_packet0,iface=eth0",
        "net_af_packet0,iface=eth0,qpairs=2,qdisc_bypass=1", "net_tap0,iface=sluice0,persist=1",
        "net_memif0,role=server,id=0", "net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap", "net_ring0"}) {
    const auto status = check_device(text);
    EXPECT_TRUE(status.ok()) << text << ": " << status.error().message;
  }
}

TEST(Device, refuses_what_dpdk_would_not_find) {
  for (const char* text : {"", "eth0", "0000:03:00", "0000:03:00.8", "000:03:00.1", "g3:00.1",
                           "net_af_packet0", "net_af_paket0,iface=eth0", "net_tap0,iface",
                           "net_tap0,", "net_tap0,=x", "net_tap0,iface=", "net_"}) {
    EXPECT_FALSE(check_device(text).ok()) << text;
  }
}

TEST(Device, names_the_driver_that_was_meant) {
  EXPECT_NE(
      check_device("net_af_paket0,iface=e").error().message.find("did you mean net_af_packet0?"),
      std::string::npos);
}

}  // namespace
}  // namespace sluice::config
