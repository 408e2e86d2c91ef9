// Flow rules that bring each worker's UDP port to its own receive queue.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/port/attachment.h"

namespace sluice::dataplane {

struct Steering {
  uint16_t rules = 0;   // in force
  std::string refusal;  // the device's words when it takes none
};

// One rule per worker and address family of the port. None is left behind when the device takes any
// of them not: packets may then arrive at any worker and are passed home.
Steering steer_to_workers(uint16_t ethdev, const Attachment& attachment, uint16_t udp_port_base,
                          uint32_t workers);

}  // namespace sluice::dataplane
