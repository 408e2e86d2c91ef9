// What DPDK takes as a port: the PCI address of a device, or a virtual device with its arguments.
#pragma once

#include <string_view>

#include "common/base/result.h"

namespace sluice::config {

// "0000:03:00.1", "03:00.1", "net_af_packet0,iface=eth0". Errors name the text, what is wrong and
// what would be right.
Status check_device(std::string_view text);

// The name by which DPDK tells devices apart: what stands before the first comma.
std::string_view device_name(std::string_view text);

}  // namespace sluice::config
