// Where the workers are from here.
#pragma once

#include "common/base/ip.h"
#include "common/base/result.h"
#include "common/config/config.h"

namespace sluice::ice_tcp {

// The first address of the data plane's ports that is of this family, or the first of all. Errors:
// this machine has that address itself, so nothing sent to it would reach the data plane.
Result<IpAddress> media_address(const config::Config& config, uint8_t family);

}  // namespace sluice::ice_tcp
