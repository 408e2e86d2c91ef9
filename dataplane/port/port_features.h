// Says in a port's info where each feature is done, and why there, for operators.
#pragma once

#include <cstdint>

#include "common/shm/port_info.h"
#include "dataplane/port/attachment.h"
#include "dataplane/port/flow_steering.h"

namespace sluice::dataplane {

// What the device offered and was configured with.
struct DeviceUse {
  bool can_hash = false;  // UDP, over its receive queues
  bool hashes = false;
  bool rx_ipv4_checksum = false;
  bool udp_checksum = false;
  bool fast_free = false;
};

// RSS, checksums, fast free. The queue counts of `info` are known.
void describe_offloads(shm::PortInfo& info, const Attachment& attachment, const DeviceUse& use);
// VLAN tag and DSCP.
void describe_frames(shm::PortInfo& info, const Attachment& attachment);
// Flow rules. The queue counts and UDP ports of `info` are known.
void describe_steering(shm::PortInfo& info, uint32_t workers, const Steering& steering);

}  // namespace sluice::dataplane
