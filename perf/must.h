// What a bench publishes is valid and fits; anything else is a bug of the bench, and ends it.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "common/base/result.h"
#include "common/shm/slot.h"

namespace sluice::perf {

inline shm::SlotRef must(const Result<shm::SlotRef>& r) {
  if (r) return *r;
  std::fprintf(stderr, "bench: %s\n", r.error().message.c_str());
  std::exit(1);
}

}  // namespace sluice::perf
