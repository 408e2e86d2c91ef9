#include <fstream>

#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

std::string file_with(const shm::RegionDirectory& directory, const std::string& text) {
  const std::string path = directory.path() + "/sluice.yaml";
  std::ofstream(path) << text;
  return path;
}

const std::string port =
    "dataplane: {ports: [{name: a, device: net_null0, addresses: [192.0.2.10/24]}]}\n";

TEST(CommandLine, help_names_every_command_and_exit_code) {
  const Answer help = sluicectl({"--help"});
  EXPECT_EQ(help.code, ExitCode::ok);
  for (const char* word : {"status", "stat", "top", "drops", "capture", "table", "config", "rooms",
                           "doctor", "Exit codes"}) {
    EXPECT_TRUE(help.says(word)) << word;
  }
}

TEST(CommandLine, what_it_does_not_know_is_usage) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"statsu"},
                                             {"status", "--nope"},
                                             {"table"},
                                             {"config", "check"},
                                             {"status", "more"}}) {
    const Answer answer = sluicectl(arguments);
    EXPECT_EQ(answer.code, ExitCode::usage);
    EXPECT_NE(answer.err, "");
  }
}

TEST(CommandLine, a_configuration_says_where_the_region_is) {
  Instance instance;
  const shm::RegionDirectory directory;
  const std::string file =
      file_with(directory, "region: {directory: " + instance.directory.path() + "}\n" + port);
  EXPECT_EQ(sluicectl({"--config", file, "status"}).code, ExitCode::ok);
}

TEST(CommandLine, a_faulty_configuration_is_usage) {
  const shm::RegionDirectory directory;
  const Answer answer =
      sluicectl({"--config", file_with(directory, "regoin: {}\n" + port), "status"});
  EXPECT_EQ(answer.code, ExitCode::usage);
  EXPECT_NE(answer.err.find("did you mean region?"), std::string::npos) << answer.err;
}

TEST(ConfigCheck, a_sound_file_is_summed_up) {
  const shm::RegionDirectory directory;
  const std::string file = file_with(directory, "instance: pop\n" + port);
  const Answer text = sluicectl({"config", "check", file});
  EXPECT_EQ(text.code, ExitCode::ok);
  EXPECT_TRUE(text.says("ok: instance pop, 1 workers, 1 ports")) << text.out;
  const auto json = sluicectl({"config", "check", file, "--json"}).json();
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["region"], "/dev/shm/sluice-pop");
  EXPECT_GT(json["region_bytes"].get<uint64_t>(), 1'000'000U);
}

TEST(ConfigCheck, every_fault_is_a_line) {
  const shm::RegionDirectory directory;
  const std::string file = file_with(directory, "instanse: pop\ncapacities: {news: 3}\n" + port);
  const Answer text = sluicectl({"config", "check", file});
  EXPECT_EQ(text.code, ExitCode::finding);
  EXPECT_TRUE(text.says(file + ":1:1: unknown key \"instanse\"; did you mean instance?\n"))
      << text.out;
  const auto json = sluicectl({"config", "check", file, "--json"}).json();
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["faults"].size(), 2U);
}

TEST(ConfigCheck, a_missing_file_is_a_finding) {
  EXPECT_EQ(sluicectl({"config", "check", "/nonexistent.yaml"}).code, ExitCode::finding);
}

}  // namespace
}  // namespace sluice::ctl
