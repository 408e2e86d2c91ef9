// The network ports: PCI devices with their driver and IOMMU, interfaces of the kernel.
#include "common/config/device.h"
#include "tools/sluicectl/doctor/checks.h"

namespace sluice::ctl {

namespace {

// Kernel drivers that stay bound while DPDK uses the device beside them.
const std::set<std::string> bifurcated = {"mlx4_core", "mlx5_core"};
const std::set<std::string> for_user_space = {"vfio-pci", "igb_uio", "uio_pci_generic"};
constexpr const char* iommu_remedy =
    "turn on VT-d or AMD-Vi in the firmware and boot with intel_iommu=on iommu=pt (AMD: iommu=pt)";

// With the domain that lspci leaves out.
std::string pci_address(const config::Port& port) {
  const std::string name(config::device_name(port.device));
  return name.size() == std::string_view("03:00.1").size() ? "0000:" + name : name;
}

std::string pci_directory(const config::Port& port) {
  return "/sys/bus/pci/devices/" + pci_address(port);
}

bool unsafe_mode(const Machine& machine) {
  return machine.text("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode") == "Y";
}

// All devices of an IOMMU group go to user space together, but bridges.
void check_group(const Machine& machine, const config::Port& port, Findings& findings) {
  const std::string directory = pci_directory(port);
  const std::string group = machine.link_name(directory + "/iommu_group");
  if (group.empty()) {
    if (unsafe_mode(machine)) {
      findings.advice("VFIO runs without an IOMMU: the device may write anywhere in memory",
                      iommu_remedy);
    } else {
      findings.wrong("there is no IOMMU, so VFIO does not open the device", iommu_remedy);
    }
    return;
  }
  for (const std::string& other : machine.names_in(directory + "/iommu_group/devices")) {
    const std::string driver = machine.link_name("/sys/bus/pci/devices/" + other + "/driver");
    if (driver.empty() || driver == "pcieport" || for_user_space.contains(driver)) continue;
    findings.wrong(other + " is in the same IOMMU group " + group + " and " + driver + " holds it",
                   "bind it to vfio-pci too, or put the device into another slot");
    return;
  }
  if (!machine.exists("/dev/vfio/" + group)) {
    findings.wrong("/dev/vfio/" + group + " is missing: this container or user sees no VFIO",
                   "modprobe vfio-pci, and pass /dev/vfio into the container");
    return;
  }
  findings.ok("IOMMU group " + group);
}

std::string bind_remedy(const Machine& machine, const config::Port& port) {
  const std::string address = pci_address(port);
  const bool can_have_vfs = machine.number(pci_directory(port) + "/sriov_totalvfs").value_or(0) > 0;
  return "modprobe vfio-pci && dpdk-devbind.py -b vfio-pci " + address +
         (can_have_vfs ? "; or leave it to the kernel, make a VF (echo 1 > " + pci_directory(port) +
                             "/sriov_numvfs) and name that"
                       : "");
}

void check_node(const Machine& machine, const config::Port& port, const config::Config& config,
                Findings& findings) {
  // -1, as on machines with one node, is no number.
  const auto node = machine.number(pci_directory(port) + "/numa_node");
  if (!node) return;
  const auto near =
      machine.number_list("/sys/devices/system/node/node" + std::to_string(*node) + "/cpulist");
  for (const uint32_t core : config.dataplane.cores) {
    if (near.empty() || near.contains(core)) continue;
    findings.advice(
        "the device is on NUMA node " + std::to_string(*node) + ", core " + std::to_string(core) +
            " is not: each packet crosses between them",
        "name cores of " +
            machine.text("/sys/devices/system/node/node" + std::to_string(*node) + "/cpulist")
                .value_or("") +
            " in dataplane.workers.cores");
    return;
  }
}

void check_pci(const Machine& machine, const config::Port& port, const config::Config& config,
               Findings& findings) {
  const std::string directory = pci_directory(port);
  if (!machine.exists(directory)) {
    findings.wrong("there is no PCI device " + pci_address(port),
                   "lspci -Dnn lists them; a VF is made by writing to its parent's sriov_numvfs");
    return;
  }
  const std::string parent = machine.link_name(directory + "/physfn");
  const std::string kind = parent.empty() ? "PCI device" : "VF of " + parent;
  const std::string driver = machine.link_name(directory + "/driver");
  if (bifurcated.contains(driver)) {
    findings.ok(kind + " with " + driver + ", which DPDK uses beside the kernel");
  } else if (!for_user_space.contains(driver)) {
    findings.wrong(
        kind + (driver.empty() ? " has no driver" : " belongs to the kernel's " + driver),
        bind_remedy(machine, port));
    return;
  } else {
    findings.ok(kind + " is bound to " + driver);
    if (driver == "vfio-pci") check_group(machine, port, findings);
  }
  check_node(machine, port, config, findings);
}

// The value of iface= among the arguments of a virtual device; empty when there is none.
std::string interface_of(const std::string& device) {
  const std::string key = ",iface=";
  const std::size_t at = device.find(key);
  if (at == std::string::npos) return {};
  const std::size_t from = at + key.size();
  return device.substr(from, device.find(',', from) - from);
}

void check_interface(const Machine& machine, const config::Port& port, Findings& findings) {
  const std::string name = interface_of(port.device);
  const bool makes_its_own = port.device.starts_with("net_tap");
  const std::string directory = "/sys/class/net/" + name;
  if (name.empty() || (makes_its_own && !machine.exists(directory))) {
    findings.ok(port.device + (makes_its_own ? ": the driver makes the interface"
                                             : ": no interface of the kernel"));
    return;
  }
  if (!machine.exists(directory)) {
    findings.wrong("there is no interface " + name, "ip link lists them; correct iface=");
    return;
  }
  // A tap that nobody holds has no carrier; the data plane gives it one.
  const std::string state = machine.text(directory + "/operstate").value_or("unknown");
  if (state != "up" && state != "unknown" && !makes_its_own) {
    findings.wrong("interface " + name + " is " + state,
                   "ip link set " + name + " up, and look at its cable or peer");
    return;
  }
  const uint64_t mtu = machine.number(directory + "/mtu").value_or(port.mtu);
  if (mtu < port.mtu) {
    findings.wrong("interface " + name + " carries packets of " + std::to_string(mtu) +
                       " bytes, mtu says " + std::to_string(port.mtu),
                   "ip link set " + name + " mtu " + std::to_string(port.mtu) +
                       ", or a smaller mtu for the port");
    return;
  }
  findings.ok("interface " + name + " is there, with an MTU of " + std::to_string(mtu));
}

}  // namespace

bool is_pci(const config::Port& port) {
  return !port.device.starts_with("net_");
}

bool lacks_iommu(const Machine& machine, const config::Port& port) {
  const std::string directory = pci_directory(port);
  return is_pci(port) && machine.exists(directory) &&
         machine.link_name(directory + "/iommu_group").empty();
}

void check_ports(const Machine& machine, const config::Config& config, std::vector<Finding>& all) {
  for (const config::Port& port : config.dataplane.ports) {
    Findings findings(all, "port " + port.name);
    if (is_pci(port)) {
      check_pci(machine, port, config, findings);
    } else {
      check_interface(machine, port, findings);
    }
  }
}

}  // namespace sluice::ctl
