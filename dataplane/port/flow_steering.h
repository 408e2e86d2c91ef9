// Flow rules that bring each worker's UDP port to its own receive queue.
#pragma once

#include <cstdint>

#include "dataplane/port/attachment.h"

namespace sluice::dataplane {

// One rule per worker and address family of the port. False, and none left behind, when the device
// takes any of them not: packets may then arrive at any worker and are passed home.
bool steer_to_workers(uint16_t ethdev, const Attachment& attachment, uint16_t udp_port_base,
                      uint32_t workers);

}  // namespace sluice::dataplane
