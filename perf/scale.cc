// perf/scale: one and two workers on two cores, and what it costs when a track's receivers are
// another worker's. Its peers are the same worker alone on its core and the bare cipher on one and
// on both cores, in the same run. README.md says how to read it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "perf/core_pin.h"
#include "perf/hugepages.h"
#include "perf/machine.h"
#include "perf/scale_case.h"
#include "perf/suites.h"

namespace sluice::perf {
namespace {

// One line of the table and one record: packets per second are the sum of the workers that ran.
class Table {
 public:
  Table(std::FILE* out, std::string suite) : out_(out), suite_(std::move(suite)) {
    std::fprintf(out_, "%-14s %12s %12s %8s %8s\n", "", "worker 0 ns", "worker 1 ns", "Mpps",
                 "Gbit/s");
  }
  void add(const char* what, const ScaleCase& c, const ScaleResult& r,
           std::array<double, 2> worker_ns, nlohmann::json ratio_to_cipher,
           const nlohmann::json& more);
  const nlohmann::json& records() const { return records_; }

 private:
  std::FILE* out_;
  std::string suite_;
  nlohmann::json records_ = nlohmann::json::array();
};

void Table::add(const char* what, const ScaleCase& c, const ScaleResult& r,
                std::array<double, 2> worker_ns, nlohmann::json ratio_to_cipher,
                const nlohmann::json& more) {
  double per_ns = 0;
  uint32_t workers = 0;
  for (const double ns : worker_ns) {
    if (ns == 0) continue;
    per_ns += 1 / ns;
    ++workers;
  }
  const double gbps = static_cast<double>(c.size + Audience::wire_overhead) * 8 * per_ns;
  const auto cell = [](double ns) {
    char text[16] = "-";
    if (ns != 0) std::snprintf(text, sizeof text, "%.1f", ns);
    return std::string(text);
  };
  std::fprintf(out_, "%-14s %12s %12s %8.2f %8.1f\n", what, cell(worker_ns[0]).c_str(),
               cell(worker_ns[1]).c_str(), per_ns * 1e3, gbps);
  nlohmann::json record{{"bench", "scale"},
                        {"what", what},
                        {"workers", workers},
                        {"receivers", c.receivers},
                        {"size", c.size},
                        {"suite", suite_},
                        {"packets_per_visit", c.packets_per_visit},
                        {"ns_per_packet", 1 / per_ns},
                        {"worker_ns_per_packet", worker_ns},
                        {"gbps", gbps},
                        {"ratio_to_cipher", ratio_to_cipher},
                        {"ratio_to_socket", nullptr},
                        {"sent", r.sent},
                        {"verified", r.checked.verified},
                        {"bad", r.checked.bad},
                        {"dropped", r.dropped},
                        {"machine", machine()},
                        {"version", SLUICE_VERSION}};
  record.update(more);
  records_.push_back(std::move(record));
}

int run(int argc, char** argv) {
  CLI::App app("Two workers on two cores, and hand-over between them");
  ScaleCase c;
  std::string suite = "aes128gcm", json;
  std::vector<uint32_t> cores{0, 1};
  double seconds = 5;
  bool realtime = false;
  app.add_option("--receivers", c.receivers, "of each worker and audience")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--size", c.size, "bytes of an SRTP packet")
      ->check(CLI::Range(64, 1'400))
      ->capture_default_str();
  app.add_option("--suite", suite, "aes128gcm, aes256gcm or aescm")
      ->check(CLI::IsMember(suites))
      ->capture_default_str();
  app.add_option("--visit", c.packets_per_visit, "packets a visit")
      ->check(CLI::Range(1, 32))
      ->capture_default_str();
  app.add_option("--seconds", seconds)->capture_default_str();
  app.add_option("--cores", cores, "two cores")->expected(2)->capture_default_str();
  app.add_flag("--realtime", realtime, "ahead of every other process on the two cores");
  app.add_option("--json", json, "write records to this file, - for standard output");
  CLI11_PARSE(app, argc, argv);
  c.profile = suites.at(suite);
  c.cores = {cores[0], cores[1]};
  if (realtime && !go_first()) return 1;
  const Hugepages pages(Audience::rig_setup({}).memory_mib);
  ScaleBench bench(c);
  const ScaleResult r = bench.run(seconds);
  std::FILE* out = json == "-" ? stderr : stdout;
  Table table(out, suite);
  const auto none = nlohmann::json::object();
  table.add("one", c, r, {r.alone[0], 0}, r.ratio_to_cipher[0], none);
  table.add("other", c, r, {0, r.alone[1]}, r.ratio_to_cipher[0], none);
  table.add("both", c, r, r.both, r.ratio_to_cipher[1],
            {{"sum_over_one", r.sum_over_one}, {"cipher_sum_over_one", r.cipher_sum_over_one}});
  table.add("cross", c, r, r.cross, nullptr, {{"hand_over_ns", r.hand_over_cost}});
  table.add("cipher", c, r, {r.cipher_alone[0], 0}, 1, none);
  table.add("cipher, other", c, r, {0, r.cipher_alone[1]}, 1, none);
  table.add("cipher, both", c, r, r.cipher_both, 1, none);
  std::fprintf(out,
               "sum of both over one: %.2f, of the bare cipher %.2f; worker to cipher: alone %.2f, "
               "both %.2f; hand-over: %+.1f ns per packet of the home worker, %+.1f of the other\n",
               r.sum_over_one, r.cipher_sum_over_one, r.ratio_to_cipher[0], r.ratio_to_cipher[1],
               r.hand_over_cost[0], r.hand_over_cost[1]);
  std::fprintf(out, "sent %lu, verified %lu, bad %lu, dropped %lu\n", r.sent, r.checked.verified,
               r.checked.bad, r.dropped);
  if (!write_records(json, table.records())) return 1;
  return r.checked.bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sluice::perf

int main(int argc, char** argv) {
  return sluice::perf::run(argc, argv);
}
