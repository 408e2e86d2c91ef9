#include "perf/virtual_core.h"

#include <rte_cycles.h>
#include <time.h>

#include <algorithm>

namespace sluice::perf {
namespace {

// When so much more time has passed than this thread has run, it was interrupted. Below lies what
// reading the clocks takes.
constexpr double interruption_ns = 3'000;
// How long after that a queue is not as it would be: a tick takes 50 us here, and what has come
// meanwhile is worked off at 80 % load in five times that.
constexpr TimeNs disturbance_ns = 500 * ns_per_us;
constexpr double stopped_ns = 1e6;

TimeNs clock_ns(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * ns_per_s + t.tv_nsec;
}

// What this thread has run; without what others ran on its core.
TimeNs thread_time() {
  return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

}  // namespace

VirtualCore::Reading VirtualCore::read() {
  Reading r;
  r.tick = clock_ns(CLOCK_MONOTONIC_COARSE);
  r.thread = thread_time();
  r.tsc = rte_rdtsc();
  return r;
}

VirtualCore::VirtualCore(rig::NodeRig& rig, LongLoop long_loop)
    : rig_(rig),
      long_loop_(long_loop),
      ns_per_cycle_(1e9 / static_cast<double>(rte_get_tsc_hz())),
      ended_(read()) {}

bool VirtualCore::interrupted_between(const Reading& a, const Reading& b) const {
  return a.tick != b.tick || static_cast<double>(b.tsc - a.tsc) * ns_per_cycle_ >
                                 static_cast<double>(b.thread - a.thread) + interruption_ns;
}

void VirtualCore::on_interruption() {
  ++usage_.interrupted;
  disturbed_until_ = rig_.now() + disturbance_ns;
}

uint64_t VirtualCore::packets() const {
  const shm::Counters& c = rig_.counters(0);
  return c[shm::Counter::rx_packets] + c[shm::Counter::tx_packets];
}

double VirtualCore::without_stop(double ns, uint64_t packets) {
  const auto moved = static_cast<double>(packets);
  const double usual = 20'000 + 2 * moved * packet_ns_;
  if (ns > stopped_ns && ns > usual) {
    ++usage_.stopped;
    usage_.stopped_longest = std::max(usage_.stopped_longest, static_cast<TimeNs>(ns));
    return usual / 2;
  }
  if (packets >= 64) packet_ns_ += (ns / moved - packet_ns_) / 64;
  return ns;
}

bool VirtualCore::step() {
  const uint64_t packets_before = packets();
  const Reading begin = read();
  if (interrupted_between(ended_, begin)) on_interruption();
  began_at_ = rig_.now();
  began_tsc_ = begin.tsc;
  const bool busy = rig_.step();
  const uint64_t end_tsc = rte_rdtsc();
  ended_ = read();
  const auto ran = static_cast<double>(ended_.thread - begin.thread);
  // Charged no more than it ran.
  double ns = std::min(static_cast<double>(end_tsc - begin.tsc) * ns_per_cycle_, ran);
  if (long_loop_ == LongLoop::was_stopped) ns = without_stop(ns, packets() - packets_before);
  const double took = ns * speed_ + remainder_;
  const auto whole = static_cast<TimeNs>(took);
  remainder_ = took - static_cast<double>(whole);
  rig_.advance(whole);
  usage_.passed += whole;
  if (interrupted_between(begin, ended_)) on_interruption();
  if (busy) {
    ++usage_.loops;
    usage_.busy += whole;
    usage_.longest = std::max(usage_.longest, whole);
  }
  return busy;
}

void VirtualCore::idle_until(TimeNs at) {
  if (at <= rig_.now()) return;
  usage_.passed += at - rig_.now();
  rig_.advance(at - rig_.now());
}

TimeNs VirtualCore::time_of(uint64_t tsc) const {
  const auto since =
      static_cast<TimeNs>(static_cast<double>(tsc - began_tsc_) * ns_per_cycle_ * speed_);
  return std::min(began_at_ + since, rig_.now());
}

}  // namespace sluice::perf
