// Does the whole region make sense? For `sluicectl table check` and the tests: validates every live
// record and what records must not do to each other. Only reads, so it works on the region of dead
// daemons; on a live one what changes under it is looked at again before it is reported.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/shm/region.h"

namespace sluice::shm {

struct Finding {
  TableId table = TableId::none;  // none: the header part, a worker's status or rings
  uint32_t slot = 0;              // table none: the worker
  // A warning is what a process that died may leave behind and its successor puts right: a
  // reference to something that was retired, keys one epoch ahead of their record.
  bool warning = false;
  std::string text;
};

// Empty: all is well. Keys are looked at where the region has them mapped.
std::vector<Finding> check_tables(Region& region);

}  // namespace sluice::shm
