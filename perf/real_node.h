// RealNode: a VirtualNode's rig in real time: the worker's loop on a thread and core of its own,
// the source and the sink of its packets on the caller's.
#pragma once

#include <atomic>
#include <cstdint>

#include "perf/arrival_schedule.h"
#include "perf/virtual_node.h"

namespace sluice::perf {

class RealNode {
 public:
  // The caller stays on `caller_cpu` from now on. The rig is the node's; both outlive this.
  RealNode(rig::NodeRig& rig, VirtualNode& node, unsigned worker_cpu, unsigned caller_cpu);

  // As VirtualNode::run().
  void run(std::size_t audience, uint32_t size, ArrivalSchedule schedule, TimeNs length);

 private:
  void work();
  TimeNs time_of(uint64_t tsc) const;
  void collect();

  rig::NodeRig& rig_;
  VirtualNode& node_;
  unsigned worker_cpu_;
  double ns_per_cycle_;
  uint64_t began_tsc_ = 0;
  std::atomic<bool> running_{false}, stop_{false};
};

}  // namespace sluice::perf
