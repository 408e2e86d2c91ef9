// sluicectl doctor on machines that are made for it: one is in order, the others lack one thing
// each.
#include <functional>

#include "tests/unit/tools/made_machine.h"

namespace sluice::ctl {
namespace {

// Everything but what is ok: "wrong port media0: ...".
std::vector<std::string> complaints(const Answer& answer) {
  std::vector<std::string> lines;
  const auto json = answer.json();
  for (const auto& f : json["findings"]) {
    const std::string verdict = f["verdict"], subject = f["subject"], what = f["what"];
    // Whoever complains says what to do; who does not, does not.
    EXPECT_EQ(f["remedy"].is_null(), verdict == "ok") << what;
    if (verdict != "ok") lines.push_back(verdict + " " + subject + ": " + what);
  }
  return lines;
}

TEST(Doctor, a_machine_in_order_gets_no_advice) {
  const MadeMachine machine;
  const Answer answer = machine.examine(machine.configuration());
  EXPECT_EQ(answer.code, ExitCode::ok);
  EXPECT_EQ(complaints(answer), std::vector<std::string>());
  EXPECT_EQ(answer.json()["wrong"], 0);
  EXPECT_TRUE(answer.says("VF of 0000:03:00.0 is bound to vfio-pci")) << answer.out;
  EXPECT_TRUE(answer.says("IOMMU group 7"));
  EXPECT_TRUE(
      answer.says("has AES-NI, PCLMULQDQ, AVX2, AVX-512, VAES, VPCLMULQDQ, SHA; lacks none"));
}

struct Ailment {
  const char* name;
  std::function<void(MadeMachine&)> cause;
  const char* complaint;  // begins with its verdict
  const char* dataplane = "";
  const char* control = "";
  const char* device = "0000:03:02.1";
};

class Ailing : public testing::TestWithParam<Ailment> {};

TEST_P(Ailing, is_found_with_a_remedy) {
  const Ailment& ailment = GetParam();
  MadeMachine machine;
  ailment.cause(machine);
  const Answer answer =
      machine.examine(machine.configuration(ailment.dataplane, ailment.control, ailment.device));
  ASSERT_EQ(answer.err, "");
  const auto found = complaints(answer);
  ASSERT_EQ(found.size(), 1U) << answer.out;
  EXPECT_TRUE(found[0].starts_with(ailment.complaint)) << found[0];
  const bool wrong = std::string(ailment.complaint).starts_with("wrong");
  EXPECT_EQ(answer.code, wrong ? ExitCode::finding : ExitCode::ok);
}

const std::string cpu = "/sys/devices/system/cpu/";
const std::string vf = "/sys/bus/pci/devices/0000:03:02.1/";
const std::string hugepages = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";
constexpr const char* on_eth0 = "net_af_packet0,iface=eth0";
const auto nothing = [](MadeMachine&) {};

const Ailment ailments[] = {
    {"no_aes",
     [](MadeMachine& m) { m.write("/proc/cpuinfo", "flags : constant_tsc nonstop_tsc avx2\n"); },
     "advice processor: has AVX2; lacks AES-NI"},
    {"slow_engine", nothing, "advice processor: has AES-NI", "  srtp_engine: libsrtp\n"},
    {"unsteady_counter",
     [](MadeMachine& m) { m.write("/proc/cpuinfo", "flags : aes pclmulqdq constant_tsc\n"); },
     "advice processor: the time stamp counter changes"},
    {"slow_clock",
     [](MadeMachine& m) {
       m.write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
     },
     "advice processor: the kernel's clock is hpet"},
    {"core_missing", [](MadeMachine& m) { m.write(cpu + "online", "0-1\n"); },
     "wrong processor: core 2 is not online; there are 0-1", "  idle: {sleep_us: 100}\n"},
    {"threads_of_one_core",
     [](MadeMachine& m) { m.write(cpu + "cpu1/topology/thread_siblings_list", "1-2\n"); },
     "advice processor: cores 1 and 2 are two threads"},
    {"no_core_left", [](MadeMachine& m) { m.write(cpu + "online", "1-2\n"); },
     "advice processor: workers poll on every core"},
    {"shared_core", [](MadeMachine& m) { m.write(cpu + "isolated", "2\n"); },
     "advice isolation: isolcpus does not cover core 1:"},
    {"ticking", [](MadeMachine& m) { m.write(cpu + "nohz_full", "(null)\n"); },
     "advice isolation: nohz_full does not cover core 1,2:"},
    {"saving_power",
     [](MadeMachine& m) { m.write(cpu + "cpu2/cpufreq/scaling_governor", "powersave\n"); },
     "advice isolation: the frequency governor of core 2 is powersave"},
    {"few_hugepages", [](MadeMachine& m) { m.write(hugepages, "100\n"); },
     "advice hugepages: 200 of 1024 MiB of hugepages are free, not 512 MiB"},
    {"bounded_locking",
     [](MadeMachine& m) {
       m.write("/proc/self/limits", "Max locked memory         8388608   8388608   bytes\n");
     },
     "advice memory: at most 8388608 bytes may be locked"},
    {"swapping",
     [](MadeMachine& m) {
       m.write("/proc/swaps", "Filename Type Size Used Priority\n/dev/vdb partition 1 0 -2\n");
     },
     "advice memory: the kernel may write the region's keys to /dev/vdb"},
    {"no_device", nothing, "wrong port media0: there is no PCI device 0000:09:00.0", "", "",
     "09:00.0"},
    {"kernel_driver", [](MadeMachine& m) { m.link(vf + "driver", "../drivers/iavf"); },
     "wrong port media0: VF of 0000:03:00.0 belongs to the kernel's iavf"},
    {"no_driver", [](MadeMachine& m) { m.remove(vf + "driver"); },
     "wrong port media0: VF of 0000:03:00.0 has no driver"},
    {"no_iommu", [](MadeMachine& m) { m.remove(vf + "iommu_group"); },
     "wrong port media0: there is no IOMMU"},
    {"unsafe_iommu",
     [](MadeMachine& m) {
       m.remove(vf + "iommu_group");
       m.write("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");
     },
     "advice port media0: VFIO runs without an IOMMU"},
    {"shared_group",
     [](MadeMachine& m) {
       m.make_directory("/sys/kernel/iommu_groups/7/devices/0000:03:00.1");
       m.link("/sys/bus/pci/devices/0000:03:00.1/driver", "../drivers/ixgbe");
     },
     "wrong port media0: 0000:03:00.1 is in the same IOMMU group 7 and ixgbe holds it"},
    {"no_vfio", [](MadeMachine& m) { m.remove("/dev/vfio/7"); },
     "wrong port media0: /dev/vfio/7 is missing"},
    {"far_node",
     [](MadeMachine& m) {
       m.write(vf + "numa_node", "1\n");
       m.write("/sys/devices/system/node/node1/cpulist", "2-3\n");
     },
     "advice port media0: the device is on NUMA node 1, core 1 is not"},
    {"no_interface", [](MadeMachine& m) { m.remove("/sys/class/net/eth0"); },
     "wrong port media0: there is no interface eth0", "", "", on_eth0},
    {"interface_down", [](MadeMachine& m) { m.write("/sys/class/net/eth0/operstate", "down\n"); },
     "wrong port media0: interface eth0 is down", "", "", on_eth0},
    {"small_mtu", [](MadeMachine& m) { m.write("/sys/class/net/eth0/mtu", "1400\n"); },
     "wrong port media0: interface eth0 carries packets of 1400 bytes, mtu says 1500", "", "",
     on_eth0},
    {"region_open", [](MadeMachine& m) { m.set_mode("/dev/shm/sluice-made", 0755); },
     "wrong region: /dev/shm/sluice-made has mode 0755"},
    {"region_on_disk", [](MadeMachine& m) { m.write("/proc/mounts", "/dev/vda / ext4 rw 0 0\n"); },
     "wrong region: /dev/shm/sluice-made lies on ext4"},
    {"token_key_open", [](MadeMachine& m) { m.write("/var/lib/sluice-made/token.key", "", 0640); },
     "wrong state: /var/lib/sluice-made/token.key has mode 0640"},
    {"socket_is_a_file", [](MadeMachine& m) { m.write("/run/sluice-made/admin.sock", ""); },
     "wrong admin socket: /run/sluice-made/admin.sock is no socket"},
    {"socket_without_directory", nothing, "wrong admin socket: /run/elsewhere is missing", "",
     "  admin_socket: /run/elsewhere/admin.sock\n"},
    {"no_web_client", [](MadeMachine& m) { m.remove("/web"); },
     "wrong web client: /web holds no index.html"},
    {"no_api_key", nothing, "advice API keys: there is none", "", "  api_key_files: []\n"},
    {"api_key_open", [](MadeMachine& m) { m.set_mode("/etc/sluice/api_key", 0644); },
     "wrong API keys: /etc/sluice/api_key has mode 0644"},
    {"no_tls_key", [](MadeMachine& m) { m.write("/etc/sluice/cert.pem", ""); },
     "wrong TLS: /etc/sluice/key.pem is missing", "",
     "  listen: [{address: 0.0.0.0, port: 443, tls: {certificate_file: /etc/sluice/cert.pem, "
     "private_key_file: /etc/sluice/key.pem}}]\n"},
    {"no_turn_secret", nothing, "wrong TURN: /etc/sluice/turn.secret is missing", "",
     "  turn: {urls: [\"turn:turn.example.org:3478\"]}\n"},
    {"free_running_clock", [](MadeMachine& m) { m.remove("/run/systemd/timesync/synchronized"); },
     "advice clock: nobody synchronises"},
};

INSTANTIATE_TEST_SUITE_P(Machines, Ailing, testing::ValuesIn(ailments),
                         [](const auto& made) { return std::string(made.param.name); });

TEST(Doctor, hugepages_that_a_running_data_plane_holds_are_not_missed) {
  MadeMachine machine;
  machine.write(hugepages, "0\n");
  EXPECT_EQ(complaints(machine.examine(machine.configuration())).size(), 1U);
  const auto running = machine.start_data_plane();
  EXPECT_EQ(complaints(machine.examine(machine.configuration())), std::vector<std::string>());
}

TEST(Doctor, without_an_iommu_a_pci_device_needs_hugepages) {
  MadeMachine machine;
  machine.remove(vf + "iommu_group");
  machine.write(hugepages, "0\n");
  const auto found = complaints(machine.examine(machine.configuration()));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].starts_with("wrong hugepages: 0 of 1024 MiB")) << found[0];
}

TEST(Doctor, text_has_a_line_for_each_and_the_remedy_of_what_is_wrong) {
  MadeMachine machine;
  machine.set_mode("/etc/sluice/api_key", 0644);
  const Answer text = machine.examine(machine.configuration(), false);
  EXPECT_EQ(text.code, ExitCode::finding);
  EXPECT_TRUE(text.says("ok      hugepages     1024 of 1024 MiB")) << text.out;
  EXPECT_TRUE(
      text.says("wrong   API keys      /etc/sluice/api_key has mode 0644: others may use "
                "it; remedy: chmod o-rwx /etc/sluice/api_key\n"))
      << text.out;
  EXPECT_TRUE(text.out.ends_with(" 0 advice, 1 wrong\n")) << text.out;
}

TEST(Doctor, a_configuration_that_is_refused_is_usage) {
  const MadeMachine machine;
  const Answer answer = machine.examine("instanse: made\n");
  EXPECT_EQ(answer.code, ExitCode::usage);
  EXPECT_NE(answer.err.find("did you mean instance?"), std::string::npos) << answer.err;
}

}  // namespace
}  // namespace sluice::ctl
