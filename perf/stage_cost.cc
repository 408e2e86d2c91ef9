// perf/stage_cost: what the stage counters cost, in instructions, which do not depend on the
// machine's mood. Runs itself under valgrind's callgrind twice, with the counters and without, on
// the same packets, and compares what Worker::loop executed.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "perf/audience.h"
#include "perf/machine.h"

namespace sluice {
namespace {

constexpr uint32_t rounds = 8;

// The measured half: `receivers` of one track, `rounds` times `per_visit` packets.
int serve(uint32_t receivers, uint32_t per_visit, bool counters) {
  perf::AudienceSetup setup;
  setup.receivers = receivers;
  rig::RigSetup rig_setup = perf::Audience::rig_setup(setup);
  rig_setup.hugepages = false;
  rig_setup.stage_counters = counters;
  rig::NodeRig rig(rig_setup);
  perf::Audience audience(rig, setup);
  audience.open();
  for (uint32_t i = 0; i < rounds; ++i) {
    audience.feed(0, per_visit, 1'200, false);
    audience.serve();
  }
  return audience.check().counts().bad == 0 && audience.dropped() == 0 ? 0 : 1;
}

// Instructions inside Worker::loop; 0 when valgrind failed, which was said.
uint64_t instructions(const std::string& self, uint32_t receivers, uint32_t per_visit, bool on) {
  const std::string out =
      (std::filesystem::temp_directory_path() / ("sluice-stage-cost-" + std::to_string(getpid())))
          .string();
  const std::string command = "valgrind --tool=callgrind --callgrind-out-file=" + out +
                              " --toggle-collect='*Worker::loop*' " + self + " --receivers " +
                              std::to_string(receivers) + " --visit " + std::to_string(per_visit) +
                              " --serve " + (on ? "on" : "off") + " >/dev/null 2>" + out + ".log";
  const int status = std::system(command.c_str());
  uint64_t count = 0;
  std::ifstream in(out);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("totals: ")) count = std::stoull(line.substr(8));
  }
  if (status != 0 || count == 0) {
    std::fprintf(stderr, "valgrind did not run (apt-get install valgrind); what it said: %s.log\n",
                 out.c_str());
    return 0;
  }
  std::filesystem::remove(out);
  std::filesystem::remove(out + ".log");
  return count;
}

int run(int argc, char** argv) {
  CLI::App app("Instructions that the stage counters cost");
  uint32_t receivers = 1'000;
  uint32_t per_visit = 2;
  std::string json, part;
  app.add_option("--receivers", receivers, "of the track")->check(CLI::Range(1, 50'000));
  app.add_option("--visit", per_visit, "packets a visit")->check(CLI::Range(1, 8));
  app.add_option("--json", json, "write a record to this file, - for standard output");
  app.add_option("--serve", part, "the half that is measured, with the counters on or off")
      ->check(CLI::IsMember({"on", "off"}));
  CLI11_PARSE(app, argc, argv);
  if (!part.empty()) return serve(receivers, per_visit, part == "on");
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const uint64_t on = instructions(self, receivers, per_visit, true);
  const uint64_t off = on != 0 ? instructions(self, receivers, per_visit, false) : 0;
  if (off == 0) return 1;
  const double cost = static_cast<double>(on) / static_cast<double>(off) - 1;
  std::printf("%9s %14s %14s %8s\n%9u %14lu %14lu %7.3f%%\n", "receivers", "with", "without",
              "cost", receivers, on, off, cost * 100);
  const nlohmann::json record = {{"bench", "stage_cost"},          {"receivers", receivers},
                                 {"packets_per_visit", per_visit}, {"instructions_with", on},
                                 {"instructions_without", off},    {"cost", cost},
                                 {"machine", perf::machine()},     {"version", SLUICE_VERSION}};
  return perf::write_records(json, nlohmann::json::array({record})) ? 0 : 1;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  return sluice::run(argc, argv);
}
