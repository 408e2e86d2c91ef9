#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

shm::PortInfo port(const char* name) {
  shm::PortInfo p;
  p.name = shm::Text<32>(name);
  p.driver = shm::Text<32>("net_tap");
  p.mac = {2, 0, 0, 0, 0, 1};
  p.mtu = 1'500;
  p.vlan = 42;
  p.link_up = 1;
  p.link_mbps = 10'000;
  p.rx_queues = 1;
  p.tx_queues = 2;
  p.rx_descriptors = 512;
  p.tx_descriptors = 1'024;
  p.dscp = {8, 46, 36};
  p.own_addresses[0] = *parse_ip("192.0.2.10");
  p.prefix_lengths[0] = 24;
  p.addresses[0] = *parse_ip("198.51.100.1");
  p.worker_udp_port[0] = 40'000;
  p.worker_udp_port[1] = 40'001;
  p.feature(shm::PortFeature::tx_udp4_checksum) = {shm::DoneBy::none_needed,
                                                   shm::Text<96>("0 is sent")};
  p.feature(shm::PortFeature::tx_udp6_checksum) = {shm::DoneBy::software,
                                                   shm::Text<96>("RFC 8200 asks for one")};
  return p;
}

class PortShow : public testing::Test {
 protected:
  PortShow() {
    shm::DataplaneStatus& d = instance.dataplane->dataplane();
    d.ports[0].publish(port("media0"));
    d.ports[1].publish(port("media1"));
    d.port_count.store(2);
  }
  Instance instance;
};

TEST_F(PortShow, tells_how_a_port_is_attached_and_who_does_what) {
  const auto json = instance.ask_json({"port", "show"});
  ASSERT_EQ(json["ports"].size(), 2U);
  const auto& p = json["ports"][0];
  EXPECT_EQ(p["name"], "media0");
  EXPECT_EQ(p["vlan"], 42);
  EXPECT_EQ(p["addresses"], nlohmann::json({"192.0.2.10/24"}));
  EXPECT_EQ(p["candidates"], nlohmann::json({"198.51.100.1"}));
  EXPECT_EQ(p["worker_udp_ports"], nlohmann::json({40'000, 40'001}));
  EXPECT_EQ(p["rx_descriptors"], 512);
  EXPECT_EQ(p["dscp"]["video"], 36);
  EXPECT_EQ(p["features"].size(), shm::port_feature_names.size());
  EXPECT_EQ(p["features"]["tx_udp6_checksum"]["by"], "software");
  EXPECT_EQ(p["features"]["rss"]["by"], "off");

  const Answer text = instance.ask({"port", "show"});
  EXPECT_EQ(text.code, ExitCode::ok);
  for (const char* part :
       {"media0", "media1", "net_tap", "up, 10000 Mbit/s", "192.0.2.10/24", "198.51.100.1",
        "40000 40001", "1 of 512 descriptors", "none needed", "RFC 8200 asks for one"}) {
    EXPECT_TRUE(text.says(part)) << part << '\n' << text.out;
  }
}

TEST_F(PortShow, shows_one_port_by_name) {
  const Answer one = instance.ask({"port", "show", "media1"});
  EXPECT_TRUE(one.says("media1"));
  EXPECT_FALSE(one.says("media0")) << one.out;
  const Answer none = instance.ask({"port", "show", "media2"});
  EXPECT_EQ(none.code, ExitCode::usage);
  EXPECT_NE(none.err.find("media0 media1"), std::string::npos) << none.err;
}

TEST_F(PortShow, works_on_a_dead_data_plane) {
  instance.dataplane.reset();
  const Answer text = instance.ask({"port", "show", "media0"});
  EXPECT_EQ(text.code, ExitCode::ok);
  EXPECT_TRUE(text.says("the data plane is dead")) << text.out;
  EXPECT_TRUE(text.says("media0"));
}

TEST_F(PortShow, bytes_that_name_nobody_are_shown_as_somebody) {
  shm::PortInfo damaged = port("media0");
  damaged.features[0].by = static_cast<shm::DoneBy>(200);
  instance.dataplane->dataplane().ports[0].publish(damaged);
  EXPECT_EQ(instance.ask({"port", "show"}).code, ExitCode::ok);
}

}  // namespace
}  // namespace sluice::ctl
