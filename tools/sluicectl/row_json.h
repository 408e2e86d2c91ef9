// The rows of the region's tables as JSON.
#pragma once

#include "common/shm/region.h"
#include "tools/sluicectl/json.h"

namespace sluice::ctl {

// Every slot of the table that is not free: slot, generation and state, and of live ones the record
// and what the worker wrote. Never a key.
Json rows_json(shm::Region& region, shm::TableId table);

}  // namespace sluice::ctl
