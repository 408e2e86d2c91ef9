// Lane: one worker of a rig on a thread of its own: loops of the worker, timed, and what it sent,
// counted and sampled. Everything but the constructor, begin() and take_samples() is that thread's.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "perf/audience.h"
#include "tests/rig/node_rig.h"

namespace sluice::perf {

class Lane {
 public:
  static constexpr uint64_t sample_every = 997;

  Lane(rig::NodeRig& rig, uint32_t worker) : rig_(rig), worker_(worker) {}

  // Before a block: the rig's clock, nothing served yet. beside: the lane that must be running all
  // the time; loops during which it stood still do not count. May be null.
  void begin(const Lane* beside);
  // What was served so far was to warm up.
  void forget() { served_ = {}; }
  // One loop of the worker; its clock runs as fast as the real one. Counts what it took if it sent
  // something and was not interrupted. True: there is more to forward.
  bool loop();
  // Loops until nothing is left to forward.
  void serve();
  void collect();

  uint32_t worker() const { return worker_; }
  const Served& served() const { return served_; }
  double ns_per_packet() const;
  TimeNs now() const { return now_; }
  // For the other lane's thread.
  uint64_t loops() const { return loops_.load(std::memory_order_relaxed); }
  uint64_t sent() const { return sent_.load(std::memory_order_acquire); }

  // Ethernet frames to verify, each once.
  std::vector<std::vector<uint8_t>> take_samples() { return std::move(samples_); }

 private:
  rig::NodeRig& rig_;
  uint32_t worker_;
  const Lane* beside_ = nullptr;
  uint64_t beside_loops_ = 0;
  TimeNs now_ = 0, began_ = 0;  // the rig's clock
  uint64_t began_cycles_ = 0;   // of the TSC
  double ns_per_cycle_ = 0;
  Served served_;
  uint64_t seen_ = 0;
  std::vector<std::vector<uint8_t>> samples_;
  alignas(64) std::atomic<uint64_t> loops_{0};
  std::atomic<uint64_t> sent_{0};
};

}  // namespace sluice::perf
