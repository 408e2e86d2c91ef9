// The region's counters as Prometheus text.
#include <gtest/gtest.h>

#include <filesystem>

#include "common/shm/region.h"
#include "controlplane/metrics/conference_metrics.h"
#include "controlplane/metrics/prometheus_text.h"
#include "controlplane/metrics/region_metrics.h"

namespace sluice::metrics {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

class RegionMetricsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice_metrics_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name + "/region";
    parent_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(parent_); }

  std::string parent_, directory_;
};

TEST_F(RegionMetricsTest, WithoutARegionSayThatTheDataPlaneIsDown) {
  const RegionMetrics metrics(directory_);
  const std::string text = to_prometheus_text({&metrics});
  EXPECT_TRUE(has_line(text, "sluice_dataplane_up 0")) << text;
  EXPECT_EQ(text.find("sluice_rx_packets"), std::string::npos);
}

TEST_F(RegionMetricsTest, HoldEveryCounterOfEveryWorker) {
  shm::Capacities capacities;
  capacities.workers = 2;
  capacities.endpoints = 64;
  auto region = shm::Region::open(directory_, shm::Access::create, capacities);
  ASSERT_TRUE(region.ok()) << region.error().message;
  shm::WorkerSnapshot snapshot;
  snapshot.counters[shm::Counter::sent_media] = 42;
  snapshot.counters[shm::Counter::in_flight] = 3;
  (*region)->worker(1).snapshot.publish(snapshot);

  const RegionMetrics metrics(directory_);
  const std::string text = to_prometheus_text({&metrics});
  EXPECT_TRUE(has_line(text, "sluice_dataplane_up 1"));
  EXPECT_TRUE(has_line(text, "sluice_sent_media_total{worker=\"1\"} 42"));
  EXPECT_TRUE(has_line(text, "# TYPE sluice_sent_media_total counter"));
  EXPECT_TRUE(has_line(text, "sluice_in_flight{worker=\"1\"} 3"));
  EXPECT_TRUE(has_line(text, "sluice_ring_dropped_total{worker=\"0\",ring=\"news\"} 0"));
  EXPECT_TRUE(has_line(text, "sluice_table_slots{table=\"endpoint\",state=\"free\"} 64"));
  EXPECT_TRUE(has_line(text, "# TYPE sluice_in_flight gauge"));
  EXPECT_TRUE(has_line(text, "# TYPE sluice_loop_ns_max gauge"));
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    const std::string name = "sluice_" + std::string(shm::counter_infos[i].name);
    const bool of_stage = is_of_stage(static_cast<shm::Counter>(i));
    EXPECT_EQ(text.find(name) == std::string::npos, of_stage) << name;
  }
}

TEST_F(RegionMetricsTest, LabelTheStages) {
  shm::Capacities capacities;
  capacities.workers = 2;
  auto region = shm::Region::open(directory_, shm::Access::create, capacities);
  ASSERT_TRUE(region.ok()) << region.error().message;
  shm::WorkerSnapshot snapshot;
  snapshot.counters[ticks_of(shm::Stage::fan_out)] = 5'000;
  snapshot.counters[runs_of(shm::Stage::fan_out)] = 7;
  snapshot.counters[items_of(shm::Stage::fan_out)] = 70;
  (*region)->worker(1).snapshot.publish(snapshot);
  const RegionMetrics metrics(directory_);
  EXPECT_EQ(to_prometheus_text({&metrics}).find("sluice_stage_seconds_total{"), std::string::npos)
      << "the data plane has not said what a tick is";
  (*region)->dataplane().tsc_hz.store(1'000);
  const std::string text = to_prometheus_text({&metrics});
  EXPECT_TRUE(has_line(text, "# TYPE sluice_stage_seconds_total counter"));
  EXPECT_TRUE(has_line(text, "sluice_stage_seconds_total{worker=\"1\",stage=\"fan_out\"} 5"));
  EXPECT_TRUE(has_line(text, "sluice_stage_runs_total{worker=\"1\",stage=\"fan_out\"} 7"));
  EXPECT_TRUE(has_line(text, "sluice_stage_items_total{worker=\"1\",stage=\"fan_out\"} 70"));
  for (const shm::StageInfo& info : shm::stage_infos) {
    EXPECT_NE(text.find("stage=\"" + std::string(info.name)), std::string::npos) << info.name;
  }
}

TEST(ConferenceMetricsTest, CountRoomsAndPeople) {
  const ConferenceMetrics metrics([] {
    return ConferenceNumbers{
        2, 5, 4, 9, 3, 1, {{"slow_request", 7}, {"no_hello", 8}}, {{"dtls", 6}}, 11, 12};
  });
  const std::string text = to_prometheus_text({&metrics});
  EXPECT_TRUE(has_line(text, "sluice_rooms 2"));
  EXPECT_TRUE(has_line(text, "sluice_participants 5"));
  EXPECT_TRUE(has_line(text, "sluice_websockets 4"));
  EXPECT_TRUE(has_line(text, "sluice_connections 9"));
  EXPECT_TRUE(has_line(text, "sluice_connections_refused_total 3"));
  EXPECT_TRUE(has_line(text, "sluice_connections_dropped_total 1"));
  EXPECT_TRUE(has_line(text, "sluice_signaling_refused_total{reason=\"slow_request\"} 7"));
  EXPECT_TRUE(has_line(text, "sluice_signaling_refused_total{reason=\"no_hello\"} 8"));
  EXPECT_TRUE(has_line(text, "sluice_punts_total{kind=\"dtls\"} 6"));
  EXPECT_TRUE(has_line(text, "sluice_dtls_handshakes_timed_out_total 11"));
  EXPECT_TRUE(has_line(text, "sluice_agent_requests_waiting 12"));
}

}  // namespace
}  // namespace sluice::metrics
