// The ports of a data plane as the commands show them.
#pragma once

#include <string>
#include <vector>

#include "common/shm/port_info.h"
#include "tools/sluicectl/json.h"

namespace sluice::ctl {

std::vector<shm::PortInfo> ports_of(const RegionView& view);

// "02:00:00:00:00:01".
std::string mac_text(const shm::PortInfo& port);
// "up, 10000 Mbit/s", "DOWN".
std::string link_text(const shm::PortInfo& port);
// What browsers are told.
std::vector<std::string> candidates_of(const shm::PortInfo& port);
// On the port's own network, with prefix length.
std::vector<std::string> addresses_of(const shm::PortInfo& port);
// Of the first `workers` workers.
std::vector<std::string> udp_ports_of(const shm::PortInfo& port, uint32_t workers);

struct FeatureLook {
  std::string_view name, by, why;
};
std::vector<FeatureLook> features_of(const shm::PortInfo& port);
// Names of the features the device does for us.
std::vector<std::string> offloads_of(const shm::PortInfo& port);

Json port_json(const shm::PortInfo& port, uint32_t workers);

std::string joined(const std::vector<std::string>& words);

}  // namespace sluice::ctl
