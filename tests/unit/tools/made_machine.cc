#include "tests/unit/tools/made_machine.h"

#include <fstream>

namespace sluice::ctl {

namespace fs = std::filesystem;

MadeMachine::MadeMachine() {
  write("/proc/cpuinfo",
        "processor\t: 0\nflags\t\t: constant_tsc nonstop_tsc aes pclmulqdq avx2 avx512f vaes "
        "vpclmulqdq sha_ni\n");
  write("/proc/mounts", "/dev/vda / ext4 rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\n");
  write("/proc/swaps", "Filename Type Size Used Priority\n");
  write("/proc/self/status", "Name:\tsluicectl\nCapEff:\t0000000000000000\n");
  write("/proc/self/limits", "Max locked memory         unlimited            unlimited   bytes\n");
  write("/run/systemd/timesync/synchronized", "");
  const std::string cpu = "/sys/devices/system/cpu/";
  write(cpu + "online", "0-3\n");
  write(cpu + "isolated", "1-2\n");
  write(cpu + "nohz_full", "1-2\n");
  for (const char* core : {"1", "2"}) {
    write(cpu + "cpu" + core + "/cpufreq/scaling_governor", "performance\n");
    write(cpu + "cpu" + core + "/topology/thread_siblings_list", std::string(core) + "\n");
  }
  write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
  write("/sys/devices/system/node/node0/cpulist", "0-3\n");
  write("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "512\n");
  write("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "512\n");
  const std::string vf = "/sys/bus/pci/devices/0000:03:02.1/";
  write(vf + "numa_node", "0\n");
  link(vf + "driver", "../../../../bus/pci/drivers/vfio-pci");
  link(vf + "physfn", "../0000:03:00.0");
  make_directory("/sys/kernel/iommu_groups/7/devices/0000:03:02.1");
  link(vf + "iommu_group", root() + "/sys/kernel/iommu_groups/7");
  write("/dev/vfio/7", "");
  write("/sys/class/net/eth0/operstate", "up\n");
  write("/sys/class/net/eth0/mtu", "1500\n");
  make_directory("/dev/shm/sluice-made");
  make_directory("/var/lib/sluice-made", 0700);
  make_directory("/run/sluice-made", 0755);
  write("/web/index.html", "", 0644);
  write("/etc/sluice/api_key", "", 0600);
}

void MadeMachine::write(const std::string& absolute, const std::string& text, unsigned mode) {
  const fs::path path = root() + absolute;
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
  set_mode(absolute, mode);
}

void MadeMachine::link(const std::string& absolute, const std::string& target) {
  const fs::path path = root() + absolute;
  fs::create_directories(path.parent_path());
  fs::remove(path);
  fs::create_symlink(target, path);
}

void MadeMachine::remove(const std::string& absolute) {
  fs::remove_all(root() + absolute);
}

void MadeMachine::set_mode(const std::string& absolute, unsigned mode) {
  fs::permissions(root() + absolute, static_cast<fs::perms>(mode));
}

void MadeMachine::make_directory(const std::string& absolute, unsigned mode) {
  fs::create_directories(root() + absolute);
  set_mode(absolute, mode);
}

std::string MadeMachine::configuration(const std::string& dataplane, const std::string& control,
                                       const std::string& device) const {
  return "instance: made\ndataplane:\n  workers: {cores: [1, 2]}\n" + dataplane +
         "  ports: [{name: media0, device: \"" + device +
         "\", addresses: [192.0.2.10/24]}]\ncontrol:\n  web_root: /web\n" + control +
         (control.find("api_key_files") == std::string::npos
              ? "  api_key_files: [/etc/sluice/api_key]\n"
              : "");
}

std::unique_ptr<shm::Region> MadeMachine::start_data_plane() const {
  return shm::open_region(root() + "/dev/shm/sluice-made", shm::Access::create);
}

Answer MadeMachine::examine(const std::string& yaml, bool json) const {
  const std::string file = directory_.path() + "/sluice.yaml";
  std::ofstream(file) << yaml;
  std::vector<std::string> arguments = {"--config", file, "doctor", "--root", root()};
  if (json) arguments.emplace_back("--json");
  return sluicectl(std::move(arguments));
}

}  // namespace sluice::ctl
