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
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    const std::string name(shm::counter_infos[i].name);
    EXPECT_EQ(text.says(name), !is_of_stage(static_cast<shm::Counter>(i))) << name;
  }
}

// 1 GHz: a tick is a nanosecond.
shm::Counters staged(uint64_t times) {
  shm::Counters c = balanced();
  c[ticks_of(shm::Stage::fan_out)] = 300 * times;
  c[runs_of(shm::Stage::fan_out)] = 2 * times;
  c[items_of(shm::Stage::fan_out)] = 10 * times;
  c[ticks_of(shm::Stage::encrypt)] = 700 * times;
  c[visits] = 495;
  c[links_full] = 4 * times;
  c[drop_handover_full] = 5 * times;
  c[handover_pending] = 6;
  c[loop_ns_max] = 12'500;
  c[busy_ns] = static_cast<uint64_t>(ns_per_s) * times;
  return c;
}

TEST(Stat, tells_where_the_time_goes) {
  Instance instance;
  instance.dataplane->dataplane().tsc_hz.store(1'000'000'000);
  instance.dataplane->dataplane().started_unix_ns.store(unix_now() - 4 * ns_per_s);
  instance.publish(0, staged(1));
  instance.publish(1, staged(1));
  const auto json = instance.ask_json({"stat"});
  const auto& stages = json["node"]["stages"];
  ASSERT_EQ(stages.size(), shm::stage_count);
  const auto& fan_out = stages[static_cast<std::size_t>(shm::Stage::fan_out)];
  EXPECT_EQ(fan_out["stage"], "fan_out");
  EXPECT_EQ(fan_out["ticks_per_item"], 30.0);
  EXPECT_EQ(fan_out["ns_per_item"], 30.0);
  EXPECT_EQ(fan_out["items_per_run"], 5.0);
  EXPECT_EQ(fan_out["share"], 0.3);
  EXPECT_EQ(stages[0]["ns_per_item"], 0.0) << "no items";
  EXPECT_EQ(json["node"]["load"]["packets_per_visit"], 2.0);
  EXPECT_EQ(json["node"]["load"]["loop_ns_max"], 12'500);
  const double busy = json["node"]["load"]["busy_share"].get<double>();
  EXPECT_GT(busy, 0.0);
  EXPECT_LE(busy, 0.25) << "a second each of four or more";

  const Answer text = instance.ask({"stat"});
  for (const char* part : {"since the start", "fan_out", "30.0 %", "cycles/item", "packets/visit",
                           "12.5 us", "worker 1"}) {
    EXPECT_TRUE(text.says(part)) << part << '\n' << text.out;
  }
}

TEST(Stat, shows_back_pressure_between_workers) {
  Instance instance;
  instance.publish(0, staged(1));
  instance.publish(1, staged(2));
  const auto json = instance.ask_json({"stat"});
  EXPECT_EQ(json["workers"][1]["load"]["no_room"]["links_full"], 8);
  EXPECT_EQ(json["workers"][1]["load"]["no_room"]["handover_full"], 10);
  EXPECT_EQ(json["workers"][1]["load"]["waiting"]["handover_pending"], 6);
  EXPECT_EQ(json["node"]["load"]["waiting"]["handover_pending"], 12);
  EXPECT_TRUE(json["node"]["load"]["busy_share"].is_null()) << "no start is known";
  EXPECT_TRUE(instance.ask({"stat"}).says("handover pending"));
}

TEST(Stat, of_an_interval_counts_only_what_happened_in_it) {
  Instance instance;
  instance.dataplane->dataplane().tsc_hz.store(1'000'000'000);
  instance.publish(0, staged(5));
  const auto json = instance.ask_json({"stat", "--interval", "0.02"});
  const auto& fan_out = json["node"]["stages"][static_cast<std::size_t>(shm::Stage::fan_out)];
  EXPECT_EQ(fan_out["items"], 0);
  EXPECT_EQ(json["node"]["load"]["busy_share"], 0.0);
  EXPECT_EQ(json["node"]["load"]["no_room"]["links_full"], 0);
  EXPECT_EQ(json["node"]["load"]["loop_ns_max"], 12'500) << "of all time";
  const Answer text = instance.ask({"stat", "--interval", "0.02"});
  EXPECT_TRUE(text.says("in the interval"));
  EXPECT_TRUE(text.says("no stage was measured")) << text.out;
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
