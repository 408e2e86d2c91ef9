// 100,000 table changes while readers run: as two processes with a mapping each, and as threads on
// one mapping, which is how the thread sanitizer sees the races that two mappings hide from it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "common/shm/table_check.h"
#include "tests/unit/shm/churn.h"
#include "tests/unit/shm/region_fixture.h"
#include "tests/unit/shm/use_ledger.h"
#include "tests/unit/shm/worker_model.h"

namespace sluice::shm {
namespace {

constexpr uint64_t changes_wanted = 100'000;
constexpr uint32_t workers = 2;

// SLUICE_SEED=n runs one seed again.
uint64_t seed() {
  const char* text = std::getenv("SLUICE_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : std::random_device{}();
}

// Loops until told to stop; returns what went wrong.
std::string run_worker(Region& region, uint32_t worker, const std::atomic<bool>& stop,
                       uint64_t& packets) {
  UseLedger ledger;
  std::string fault;
  WorkerModel model(
      region, worker, [] { return true; },
      [&](const Use& use) {
        if (fault.empty()) fault = ledger.add(use);
      });
  while (!stop.load(std::memory_order_acquire)) model.loop();
  packets = ledger.packets();
  if (fault.empty()) fault = model.fault();
  if (fault.empty() && (model.records_read() == 0 || packets == 0))
    fault = "the worker saw nothing";
  return fault;
}

std::string errors_of(Region& region) {
  std::string text;
  for (const Finding& f : check_tables(region)) {
    if (!f.warning)
      text += std::to_string(static_cast<int>(f.table)) + "/" + std::to_string(f.slot) + " " +
              f.text + "\n";
  }
  return text;
}

// The control side: churns, waits until the workers let everything go, and looks at what is left.
void churn_and_settle(Region& region, uint64_t seed_value) {
  Churn churn(region, 1, seed_value);
  while (churn.changes() < changes_wanted && churn.fault().empty()) {
    // In gulps, as a control plane has them; in between the workers come to their quiescent points
    // also on one core.
    for (int i = 0; i < 64; ++i) churn.step(true);
    std::this_thread::yield();
  }
  EXPECT_EQ(churn.fault(), "");
  EXPECT_EQ(errors_of(region), "");
  churn.retire_everything();
  while (churn.publisher().retired_count() != 0) {
    churn.publisher().reclaim(true);
    std::this_thread::yield();
  }
  EXPECT_EQ(leak_of(region, churn.publisher()), "");
  EXPECT_TRUE(check_tables(region).empty());
}

TEST(RegionChurn, threads_on_one_mapping) {
  const uint64_t s = seed();
  SCOPED_TRACE("run again with SLUICE_SEED=" + std::to_string(s));
  RegionDirectory d;
  const auto region = open_region(d.path(), Access::create, small_capacities(workers));
  ASSERT_NE(region, nullptr);
  std::atomic<bool> stop{false};
  std::string faults[workers];
  uint64_t packets[workers] = {};
  std::string table_errors;
  std::vector<std::thread> threads;
  for (uint32_t w = 0; w < workers; ++w) {
    threads.emplace_back([&, w] { faults[w] = run_worker(*region, w, stop, packets[w]); });
  }
  // A tool that looks at the tables while they change must not cry wolf.
  threads.emplace_back([&] {
    while (!stop.load() && table_errors.empty()) {
      table_errors = errors_of(*region);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  churn_and_settle(*region, s);
  stop = true;
  for (auto& t : threads) t.join();
  for (uint32_t w = 0; w < workers; ++w) EXPECT_EQ(faults[w], "");
  EXPECT_EQ(table_errors, "");
  RecordProperty("packets", std::to_string(packets[0] + packets[1]));
}

TEST(RegionChurn, two_processes) {
  const uint64_t s = seed();
  SCOPED_TRACE("run again with SLUICE_SEED=" + std::to_string(s));
  RegionDirectory d;
  // Made before the fork, so that the reader can open what is there.
  ASSERT_NE(open_region(d.path(), Access::create, small_capacities(workers)), nullptr);
  int stop_pipe[2];
  ASSERT_EQ(pipe(stop_pipe), 0);
  const pid_t reader = fork();
  ASSERT_GE(reader, 0);
  if (reader == 0) {
    close(stop_pipe[1]);
    auto region = Region::open(d.path(), Access::create, small_capacities(workers));
    if (!region) _exit(2);
    std::atomic<bool> stop{false};
    std::string faults[workers];
    uint64_t packets[workers] = {};
    std::vector<std::thread> threads;
    for (uint32_t w = 0; w < workers; ++w) {
      threads.emplace_back([&, w] { faults[w] = run_worker(**region, w, stop, packets[w]); });
    }
    char byte;
    while (read(stop_pipe[0], &byte, 1) < 0) {
    }
    stop = true;
    for (auto& t : threads) t.join();
    for (const std::string& f : faults) {
      if (!f.empty()) fprintf(stderr, "reader: %s\n", f.c_str());
    }
    _exit(faults[0].empty() && faults[1].empty() ? 0 : 1);
  }
  close(stop_pipe[0]);
  while (!Region::dataplane_alive(d.path())) std::this_thread::yield();
  const auto region = open_region(d.path(), Access::control);
  if (region != nullptr) churn_and_settle(*region, s);
  close(stop_pipe[1]);
  int status = 0;
  ASSERT_EQ(waitpid(reader, &status, 0), reader);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace sluice::shm
