#include "perf/virtual_node.h"

#include <algorithm>
#include <utility>

#include "perf/median.h"

namespace sluice::perf {

void VirtualNode::add(Audience& audience) {
  while (core_.step()) {
  }
  audiences_.push_back(&audience);
  departures_.add(audience);
}

void VirtualNode::feed(std::size_t audience, uint32_t size, bool key_frame, TimeNs at) {
  audiences_[audience]->feed(0, 1, size, key_frame);
  reception(audience).on_arrival(at);
}

bool VirtualNode::step() {
  const bool busy = core_.step();
  departures_.collect([this](uint64_t tsc) { return core_.time_of(tsc); },
                      disturbed_ == Disturbed::counts || core_.undisturbed());
  return busy;
}

void VirtualNode::finish() {
  while (step()) {
  }
}

void VirtualNode::run(std::size_t audience, uint32_t size, ArrivalSchedule schedule,
                      TimeNs length) {
  const TimeNs end = now() + length;
  while (now() < end) {
    for (; schedule.next() <= now(); schedule.pop()) feed(audience, size, false, schedule.next());
    if (!step()) idle_until(std::min(schedule.next(), end));
  }
  finish();
}

double VirtualNode::saturated_ns(std::size_t audience, uint32_t size, uint32_t per_visit,
                                 TimeNs busy) {
  const shm::Counters& counters = rig_.counters(0);
  std::vector<double> ns;
  TimeNs spent = 0;
  while (spent < busy) {
    const uint64_t before = counters[shm::Counter::sent_media];
    core_.reset_usage();
    for (uint32_t i = 0; i < per_visit; ++i) feed(audience, size, false, now());
    finish();
    spent += core_.usage().busy;
    ns.push_back(static_cast<double>(core_.usage().busy) /
                 static_cast<double>(counters[shm::Counter::sent_media] - before));
  }
  return median(std::move(ns));
}

}  // namespace sluice::perf
