// VirtualNode: a rig with one worker in virtual time. Packets arrive when the bench says, and every
// frame is looked at as it leaves, with the time at which it left.
//
//   VirtualNode node(rig);
//   node.add(audience);
//   node.feed(0, size, key_frame, arrival);
//   while (node.step()) {
//   }
//   node.idle_until(next_arrival);
//   node.reception(0).delays()
#pragma once

#include <cstdint>
#include <vector>

#include "perf/arrival_schedule.h"
#include "perf/audience.h"
#include "perf/departures.h"
#include "perf/virtual_core.h"

namespace sluice::perf {

// Delays measured soon after the kernel had the core (VirtualCore::undisturbed).
enum class Disturbed : uint8_t { is_void, counts };

class VirtualNode {
 public:
  VirtualNode(rig::NodeRig& rig, Disturbed disturbed)
      : rig_(rig), disturbed_(disturbed), core_(rig, LongLoop::counts), departures_(rig) {}

  // An open audience with one track; it outlives this.
  void add(Audience& audience);
  // One packet of an audience's track comes to the port: at `at`, which is now or a little past.
  void feed(std::size_t audience, uint32_t size, bool key_frame, TimeNs at);
  // One loop, and what left the port in it. False when it found nothing to do.
  bool step();
  // Until there is nothing to do.
  void finish();
  void idle_until(TimeNs at) { core_.idle_until(at); }
  // Packets of an audience's track arrive as scheduled, for `length` from now, and leave.
  void run(std::size_t audience, uint32_t size, ArrivalSchedule schedule, TimeNs length);
  TimeNs now() const { return core_.now(); }
  VirtualCore& core() { return core_; }
  Departures& departures() { return departures_; }
  Reception& reception(std::size_t audience) { return departures_.reception(audience); }
  Audience& audience(std::size_t number) { return *audiences_[number]; }

  // Nanoseconds of the worker per frame sent when `per_visit` packets at a time wait for it and it
  // never idles: the median over about `busy` of its time.
  double saturated_ns(std::size_t audience, uint32_t size, uint32_t per_visit, TimeNs busy);

 private:
  rig::NodeRig& rig_;
  Disturbed disturbed_;
  VirtualCore core_;
  Departures departures_;
  std::vector<Audience*> audiences_;
};

}  // namespace sluice::perf
