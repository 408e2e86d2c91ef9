// ExitStamps: every frame carries the TSC of the moment its worker gave it to the port.
#pragma once

#include <cstdint>

struct rte_mbuf;

namespace sluice::perf {

// Of all ports that exist when it is made; they must outlive it.
class ExitStamps {
 public:
  ExitStamps();
  ~ExitStamps();
  ExitStamps(const ExitStamps&) = delete;
  ExitStamps& operator=(const ExitStamps&) = delete;

  static uint64_t of(const rte_mbuf* m);
};

}  // namespace sluice::perf
