#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

using enum shm::Counter;

TEST(Stat, shows_every_counter_per_worker_and_in_sum) {
  Instance instance;
  shm::Counters a = balanced();
  shm::Counters b = balanced();
  a[loop_ns_max] = 700;
  b[loop_ns_max] = 900;
  instance.publish(0, a);
  instance.publish(1, b);
  const auto json = instance.ask_json({"stat"});
  ASSERT_EQ(json["workers"].size(), 2U);
  EXPECT_EQ(json["workers"][0]["counters"].size(), shm::counter_count);
  EXPECT_EQ(json["workers"][0]["counters"]["rx_packets"], 100);
  EXPECT_EQ(json["node"]["counters"]["rx_packets"], 200);
  EXPECT_EQ(json["node"]["counters"]["loop_ns_max"], 900) << "a maximum, no sum";
  EXPECT_EQ(json["units"]["busy_ns"], "nanoseconds");
  EXPECT_FALSE(json["node"].contains("rates"));

  const Answer text = instance.ask({"stat"});
  EXPECT_EQ(text.code, ExitCode::ok);
  EXPECT_TRUE(text.says("worker 1"));
  for (const shm::CounterInfo& info : shm::counter_infos) {
    EXPECT_TRUE(text.says(std::string(info.name))) << info.name;
  }
}

TEST(Stat, an_interval_gives_rates) {
  Instance instance;
  instance.publish(0, balanced());
  const auto json = instance.ask_json({"stat", "--interval", "0.02"});
  EXPECT_GT(json["node"]["interval_s"].get<double>(), 0.0);
  EXPECT_EQ(json["node"]["rates"]["received"]["value"], 0.0);
  EXPECT_EQ(json["node"]["rates"]["received"]["unit"], "packets/s");
  EXPECT_TRUE(json["workers"][1].contains("rates"));
  EXPECT_TRUE(instance.ask({"stat", "--interval", "0.02"}).says("of the workers' time"));
}

TEST(Stat, an_interval_must_be_one) {
  Instance instance;
  EXPECT_EQ(instance.ask({"stat", "--interval", "soon"}).code, ExitCode::usage);
  EXPECT_EQ(instance.ask({"stat", "--interval", "0"}).code, ExitCode::usage);
}

}  // namespace
}  // namespace sluice::ctl
