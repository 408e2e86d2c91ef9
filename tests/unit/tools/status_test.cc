#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

TEST(Status, both_alive_is_well) {
  Instance instance;
  instance.publish(0, balanced());
  instance.control->control().heartbeat_ns.store(monotonic_now());
  instance.control->control().wake.store(uint64_t{4'711} << 32 | 9);
  instance.dataplane->dataplane().started_unix_ns.store(unix_now() - 5 * ns_per_s);
  const Answer text = instance.ask({"status"});
  EXPECT_EQ(text.code, ExitCode::ok) << text.out << text.err;
  EXPECT_FALSE(text.says("DEAD"));
  const auto json = instance.ask_json({"status"});
  EXPECT_EQ(json["dataplane"]["alive"], true);
  EXPECT_EQ(json["dataplane"]["pid"], getpid());
  EXPECT_GE(json["dataplane"]["uptime_s"].get<double>(), 5.0);
  EXPECT_EQ(json["control"]["alive"], true);
  EXPECT_EQ(json["control"]["pid"], 4'711);
  EXPECT_TRUE(json["workers"][0]["numbers_age_ms"].is_number());
  EXPECT_TRUE(json["workers"][1]["numbers_age_ms"].is_null()) << "worker 1 never published";
}

TEST(Status, shows_the_use_of_tables_and_rings) {
  Instance instance;
  EXPECT_TRUE(instance.publish_endpoint(7));
  instance.publisher.retire(shm::TableId::endpoint, instance.publish_endpoint(8));
  shm::WorkerRings rings = instance.dataplane->rings(0);
  for (int i = 0; i < 3; ++i) rings.punt[2].push({});

  const auto json = instance.ask_json({"status"});
  EXPECT_EQ(json["tables"][0]["table"], "endpoint");
  EXPECT_EQ(json["tables"][0]["live"], 1);
  EXPECT_EQ(json["tables"][0]["retired"], 1);
  EXPECT_EQ(json["tables"][0]["capacity"], 16);
  const auto& stranger = json["rings"][5];
  EXPECT_EQ(stranger["ring"], "punt_stranger");
  EXPECT_EQ(stranger["records"], 2);
  EXPECT_EQ(stranger["dropped"], 1);
  EXPECT_TRUE(instance.ask({"status"}).says("punt_stranger"));
}

TEST(Status, shows_ports) {
  Instance instance;
  shm::PortInfo port;
  port.name = shm::Text<32>("media0");
  port.driver = shm::Text<32>("net_af_packet");
  port.mac = {2, 0, 0, 0, 0, 1};
  port.link_up = 1;
  port.feature(shm::PortFeature::rss) = {shm::DoneBy::hardware, shm::Text<96>("2 queues")};
  port.addresses[0] = parse_ip("192.0.2.10").value();
  port.worker_udp_port[0] = 40'000;
  port.worker_udp_port[1] = 40'001;
  instance.dataplane->dataplane().ports[0].publish(port);
  instance.dataplane->dataplane().port_count.store(1);
  const auto json = instance.ask_json({"status"});
  ASSERT_EQ(json["ports"].size(), 1U);
  EXPECT_EQ(json["ports"][0]["name"], "media0");
  EXPECT_EQ(json["ports"][0]["mac"], "02:00:00:00:00:01");
  EXPECT_EQ(json["ports"][0]["candidates"], nlohmann::json({"192.0.2.10"}));
  EXPECT_EQ(json["ports"][0]["worker_udp_ports"], nlohmann::json({40'000, 40'001}));
  EXPECT_EQ(json["ports"][0]["features"]["rss"]["by"], "hardware");
  const Answer text = instance.ask({"status"});
  EXPECT_TRUE(text.says("40000 40001"));
  EXPECT_TRUE(text.says("rss")) << text.out;
}

TEST(Status, a_damaged_port_count_is_cut) {
  Instance instance;
  instance.dataplane->dataplane().port_count.store(1'000'000);
  EXPECT_EQ(instance.ask_json({"status"})["ports"].size(), shm::ports_max);
}

TEST(Status, a_dead_daemon_is_a_finding_and_its_numbers_stay) {
  Instance instance;
  instance.publish(0, balanced(), monotonic_now() - 90 * ns_per_s);
  instance.dataplane.reset();
  const Answer text = instance.ask({"status"});
  EXPECT_EQ(text.code, ExitCode::finding);
  EXPECT_TRUE(text.says("DEAD")) << text.out;
  const auto json = instance.ask_json({"status"});
  EXPECT_EQ(json["dataplane"]["alive"], false);
  EXPECT_TRUE(json["dataplane"]["uptime_s"].is_null());
  EXPECT_EQ(json["control"]["alive"], true);
  EXPECT_GE(json["workers"][0]["numbers_age_ms"].get<double>(), 90'000.0);

  const Answer drops = instance.ask({"drops"});
  EXPECT_EQ(drops.code, ExitCode::ok);
  EXPECT_TRUE(drops.says("the data plane is dead: its last numbers are 90.")) << drops.out;
  EXPECT_EQ(instance.ask_json({"stat"})["node"]["counters"]["rx_packets"], 100);
}

// A process of its own, killed without a chance to tidy up.
TEST(Status, a_killed_data_plane_is_seen_as_dead) {
  const shm::RegionDirectory directory;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto region =
        shm::Region::open(directory.path(), shm::Access::create, shm::small_capacities());
    if (!region.ok()) _exit(1);
    (*region)->worker(0).snapshot.publish({balanced(), monotonic_now()});
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  close(ready[1]);
  char byte = 0;
  const bool started = read(ready[0], &byte, 1) == 1;
  close(ready[0]);
  const std::vector<std::string> status = {"--json", "--region", directory.path(), "status"};
  const Answer alive = sluicectl(status);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_TRUE(started);
  EXPECT_EQ(alive.json()["dataplane"]["alive"], true);
  EXPECT_EQ(alive.json()["dataplane"]["pid"], child);
  EXPECT_EQ(sluicectl(status).json()["dataplane"]["alive"], false);
  EXPECT_EQ(sluicectl({"--region", directory.path(), "drops"}).code, ExitCode::ok);
}

TEST(Status, no_region_is_unreachable) {
  const shm::RegionDirectory directory;
  for (const char* command : {"status", "stat", "drops"}) {
    const Answer answer = sluicectl({"--region", directory.path() + "/none", command});
    EXPECT_EQ(answer.code, ExitCode::unreachable) << command;
    EXPECT_NE(answer.err.find(directory.path()), std::string::npos) << answer.err;
    EXPECT_EQ(answer.out, "");
  }
}

}  // namespace
}  // namespace sluice::ctl
