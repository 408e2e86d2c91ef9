// What the doctor looks at: each check adds its findings.
#pragma once

#include <vector>

#include "common/config/config.h"
#include "tools/sluicectl/doctor/finding.h"
#include "tools/sluicectl/doctor/machine.h"

namespace sluice::ctl {

// A device that DPDK takes from the PCI bus, by how its text begins (config/device.h).
bool is_pci(const config::Port& port);
// No IOMMU stands between the PCI device and the memory, so DPDK needs physical addresses.
bool lacks_iommu(const Machine& machine, const config::Port& port);

// Instructions for ciphers, the time stamp counter, the cores of the workers.
void check_processor(const Machine& machine, const config::Config& config,
                     std::vector<Finding>& all);
// Other processes, interrupts and clock rates on the cores of the workers.
void check_isolation(const Machine& machine, const config::Config& config,
                     std::vector<Finding>& all);
// Hugepages, locking, swap.
void check_memory(const Machine& machine, const config::Config& config, std::vector<Finding>& all);
void check_ports(const Machine& machine, const config::Config& config, std::vector<Finding>& all);
// Region, state, sockets, keys and certificates: there, and closed to others.
void check_files(const Machine& machine, const config::Config& config, std::vector<Finding>& all);
// synchronized: what the kernel says of its clock (adjtimex).
void check_clock(const Machine& machine, bool synchronized, std::vector<Finding>& all);

}  // namespace sluice::ctl
