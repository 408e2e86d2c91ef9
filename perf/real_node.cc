#include "perf/real_node.h"

#include <pthread.h>
#include <rte_cycles.h>
#include <rte_lcore.h>
#include <sched.h>

#include <thread>

#include "common/base/assert.h"

namespace sluice::perf {
namespace {

void stay_on(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  SLUICE_ASSERT(pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0);
}

}  // namespace

RealNode::RealNode(rig::NodeRig& rig, VirtualNode& node, unsigned worker_cpu, unsigned caller_cpu)
    : rig_(rig),
      node_(node),
      worker_cpu_(worker_cpu),
      ns_per_cycle_(1e9 / static_cast<double>(rte_get_tsc_hz())) {
  stay_on(caller_cpu);
}

TimeNs RealNode::time_of(uint64_t tsc) const {
  const auto since = static_cast<double>(static_cast<int64_t>(tsc - began_tsc_)) * ns_per_cycle_;
  return rig_.now() + static_cast<TimeNs>(since);
}

void RealNode::collect() {
  node_.departures().collect([this](uint64_t tsc) { return time_of(tsc); }, true);
}

void RealNode::work() {
  stay_on(worker_cpu_);
  SLUICE_ASSERT(rte_thread_register() == 0);  // buffers by way of a cache of its own
  began_tsc_ = rte_rdtsc();
  running_.store(true, std::memory_order_release);
  while (!stop_.load(std::memory_order_relaxed)) rig_.step(0, time_of(rte_rdtsc()));
  rte_thread_unregister();
}

void RealNode::run(std::size_t audience, uint32_t size, ArrivalSchedule schedule, TimeNs length) {
  constexpr TimeNs rest_ns = 5 * ns_per_ms;  // for what is under way at the end
  const TimeNs end = rig_.now() + length;
  stop_ = running_ = false;
  std::thread worker(&RealNode::work, this);
  // It begins on this core.
  while (!running_.load(std::memory_order_acquire)) std::this_thread::yield();
  TimeNs now = rig_.now();
  while (now < end + rest_ns) {
    if (schedule.next() <= now && now < end) {
      node_.audience(audience).feed(0, 1, size);
      node_.reception(audience).on_arrival(time_of(rte_rdtsc()));
      schedule.pop();
    }
    collect();
    now = time_of(rte_rdtsc());
  }
  stop_ = true;
  worker.join();
  collect();
  rig_.advance(time_of(rte_rdtsc()) - rig_.now());
  node_.finish();
}

}  // namespace sluice::perf
