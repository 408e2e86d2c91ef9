// Where a bench runs: one core that it has for itself while it runs, and how to tell when it had
// not.
#pragma once

#include <sched.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>

namespace sluice::perf {

// The last core this process may run on.
inline uint32_t last_core() {
  cpu_set_t set;
  CPU_ZERO(&set);
  uint32_t last = 0;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return last;
  for (uint32_t i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) last = i;
  }
  return last;
}

// The calling thread and what it starts. After EAL has started: that pins by itself. False, with a
// line on stderr: there is no such core for us.
inline bool pin_to_core(uint32_t core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set) == 0) return true;
  std::fprintf(stderr, "core %u is not available to this process\n", core);
  return false;
}

// From here on this thread, and those it starts, go before every ordinary process on their cores.
// The kernel leaves others 5 % of the time.
inline bool go_first() {
  const sched_param first{.sched_priority = 1};
  if (sched_setscheduler(0, SCHED_FIFO, &first) == 0) return true;
  std::fprintf(stderr, "no real-time priority: that takes root\n");
  return false;
}

// How often the scheduler has taken the core from this thread: when that grows, the time that
// passed was not the thread's own.
inline int64_t interruptions() {
  rusage u{};
  getrusage(RUSAGE_THREAD, &u);
  return u.ru_nivcsw;
}

}  // namespace sluice::perf
