// perf/latency: how long a packet takes from the moment it comes to the port until it leaves it for
// each of its receivers, at 10, 50 and 80 % of what one worker can do, beside the same for an empty
// worker.
//
// The load is the rate of packets over the highest rate: the worker's own, when eight packets at a
// time wait for it and it never idles, measured before and after each block; a block between which
// it changed by more than a tenth is void, because the machine was not the same. Empty worker: the
// same node, packets and schedule, but the track has a single receiver. Virtual time
// (perf/virtual_core.h); with --real on two cores. p99: the median of the blocks' own.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "perf/arrival_schedule.h"
#include "perf/audience.h"
#include "perf/bare_cipher.h"
#include "perf/core_pin.h"
#include "perf/hugepages.h"
#include "perf/machine.h"
#include "perf/median.h"
#include "perf/real_node.h"
#include "perf/suites.h"
#include "perf/virtual_node.h"

namespace sluice {
namespace {

using perf::ArrivalPattern;
using perf::Audience;
using perf::Delays;
using perf::suites;
using Clock = std::chrono::steady_clock;

constexpr uint32_t saturated_visit = 8;
constexpr TimeNs saturated_block_ns = 3 * ns_per_ms;
constexpr double cipher_block_s = 0.01;
constexpr double speed_change_max = 1.1;
constexpr TimeNs block_ns = 10 * ns_per_ms;
constexpr TimeNs warm_up_ns = ns_per_ms;
constexpr std::array loads{0.1, 0.5, 0.8};
constexpr std::size_t full = 0, empty = 1;  // audiences
struct PatternName {
  ArrivalPattern pattern;
  const char* name;
};
constexpr std::array patterns{PatternName{ArrivalPattern::even, "even"},
                              PatternName{ArrivalPattern::poisson, "poisson"},
                              PatternName{ArrivalPattern::frames, "frames"}};

struct Options {
  uint32_t receivers = 100;
  uint32_t size = 1'200;
  std::string suite = "aes128gcm";
  srtp::Profile profile = srtp::Profile::aead_aes_128_gcm;
  double seconds = 20;
  bool real = false;
  bool realtime = false;
  std::string json;
};

// What one load and pattern has shown, over all rounds.
struct Cell {
  double load;
  PatternName pattern;
  Delays delays{}, empty_delays{};
  std::vector<double> p99_us{}, empty_p99_us{};  // of each block
  std::vector<double> busy{};                    // share of the worker's time
  uint64_t lost = 0;
  uint64_t blocks = 0, void_blocks = 0;
};

perf::AudienceSetup audience_setup(const Options& o, uint8_t number, uint32_t receivers) {
  perf::AudienceSetup s;
  s.profile = o.profile;
  s.receivers = receivers;
  s.tracks = {{Codec::vp8}};
  s.number = number;
  return s;
}

rig::RigSetup rig_setup(const Options& o) {
  return Audience::rig_setup(audience_setup(o, 0, o.receivers + 8));
}

class Bench {
 public:
  explicit Bench(const Options& o);
  void run();
  std::vector<Cell>& cells() { return cells_; }
  nlohmann::json record_of(const Cell& c);

  double saturated_ns() const { return perf::median(saturated_ns_); }
  double cipher_ratio() const { return perf::median(ratios_); }
  uint64_t bad() { return audience_.check().counts().bad + single_.check().counts().bad; }

 private:
  void measure(Cell& c);
  void run_block(std::size_t audience, ArrivalPattern pattern, double interval_ns);
  double saturate();
  void warm_up();
  void run_for(std::size_t audience, ArrivalPattern pattern, double interval_ns, TimeNs length);

  Options options_;
  rig::NodeRig rig_;
  Audience audience_, single_;
  perf::VirtualNode node_;
  std::optional<perf::RealNode> real_;
  perf::DestinationRing destinations_;
  perf::BareCipher cipher_;
  std::vector<Cell> cells_;
  std::vector<double> saturated_ns_, ratios_;
  uint64_t interrupted_ = 0;
  uint64_t blocks_ = 0;
};

Bench::Bench(const Options& o)
    : options_(o),
      rig_(rig_setup(o)),
      audience_(rig_, audience_setup(o, full, o.receivers)),
      single_(rig_, audience_setup(o, empty, 1)),
      node_(rig_, perf::Disturbed::is_void),
      destinations_(Audience::buffers),
      cipher_(o.profile, o.size - Audience::rtp_head - srtp::rtp_overhead(o.profile),
              Audience::rtp_head, destinations_) {
  audience_.open();
  single_.open();
  node_.add(audience_);
  node_.add(single_);
  if (o.real) real_.emplace(rig_, node_, 1, 0);
  for (const double load : loads) {
    for (const PatternName& p : patterns) cells_.push_back({load, p});
  }
}

void Bench::run_for(std::size_t audience, ArrivalPattern pattern, double interval_ns,
                    TimeNs length) {
  const perf::ArrivalSchedule schedule(pattern, interval_ns, node_.now(), ++blocks_);
  if (real_) {
    real_->run(audience, options_.size, schedule, length);
  } else {
    node_.run(audience, options_.size, schedule, length);
  }
}

// After a warm-up.
void Bench::run_block(std::size_t audience, ArrivalPattern pattern, double interval_ns) {
  run_for(audience, pattern, interval_ns, warm_up_ns);
  node_.reception(audience).reset();
  node_.core().reset_usage();
  run_for(audience, pattern, interval_ns, block_ns);
  interrupted_ += node_.core().usage().interrupted;
}

void Bench::measure(Cell& c) {
  const double before = saturate();
  const double interval = before * options_.receivers / c.load;
  run_block(full, c.pattern.pattern, interval);
  const Delays delays = node_.reception(full).delays();
  const uint64_t lost = node_.reception(full).lost();
  const double busy = static_cast<double>(node_.core().usage().busy) / block_ns;
  const double after = saturate();
  ++c.blocks;
  if (std::max(before, after) > std::min(before, after) * speed_change_max) {
    ++c.void_blocks;
    return;
  }
  c.delays.add(delays);
  if (delays.count() != 0) c.p99_us.push_back(delays.percentile_us(0.99));
  c.lost += lost;
  c.busy.push_back(busy);
  run_block(empty, c.pattern.pattern, interval);
  const Delays& empty_delays = node_.reception(empty).delays();
  c.empty_delays.add(empty_delays);
  if (empty_delays.count() != 0) c.empty_p99_us.push_back(empty_delays.percentile_us(0.99));
}

// What one worker can do now.
double Bench::saturate() {
  saturated_ns_.push_back(
      node_.saturated_ns(full, options_.size, saturated_visit, saturated_block_ns));
  return saturated_ns_.back();
}

void Bench::warm_up() {
  node_.saturated_ns(full, options_.size, saturated_visit, 3 * saturated_block_ns);
}

void Bench::run() {
  warm_up();
  const auto end = Clock::now() + std::chrono::duration<double>(options_.seconds);
  do {
    for (Cell& c : cells_) measure(c);
    cipher_.run(cipher_block_s);  // its buffers have left the caches
    ratios_.push_back(cipher_.run(cipher_block_s) / saturated_ns_.back());
    warm_up();  // and now the worker's have
    audience_.keep_consent();
    single_.keep_consent();
  } while (Clock::now() < end);
}

nlohmann::json Bench::record_of(const Cell& c) {
  const double ns = saturated_ns();
  const shm::Counters counters = rig_.counters();
  const auto& checked = audience_.check().counts();
  nlohmann::json r{{"bench", "latency"},
                   {"mode", options_.real ? "real" : "virtual"},
                   {"receivers", options_.receivers},
                   {"size", options_.size},
                   {"suite", options_.suite},
                   {"packets_per_visit", saturated_visit},
                   {"ns_per_packet", ns},
                   {"gbps", static_cast<double>(options_.size + Audience::wire_overhead) * 8 / ns},
                   {"ratio_to_cipher", cipher_ratio()},
                   {"load", c.load},
                   {"pattern", c.pattern.name},
                   {"samples", c.delays.count()},
                   {"p50_us", c.delays.percentile_us(0.5)},
                   {"p99_us", perf::median(c.p99_us)},
                   {"p99_us_lower_quartile", perf::percentile(c.p99_us, 0.25)},
                   {"p99_us_all", c.delays.percentile_us(0.99)},
                   {"max_us", c.delays.max_us()},
                   {"empty_p50_us", c.empty_delays.percentile_us(0.5)},
                   {"empty_p99_us", perf::median(c.empty_p99_us)},
                   {"empty_max_us", c.empty_delays.max_us()},
                   {"lost", c.lost},
                   {"blocks", c.blocks},
                   {"void_blocks", c.void_blocks},
                   {"interrupted_loops", interrupted_},
                   {"sent", counters[shm::Counter::sent_media]},
                   {"verified", checked.verified + single_.check().counts().verified},
                   {"bad", bad()},
                   {"dropped", audience_.dropped()},
                   {"machine", perf::machine()},
                   {"version", SLUICE_VERSION}};
  if (!options_.real) r["busy"] = perf::median(c.busy);
  return r;
}

int run(int argc, char** argv) {
  CLI::App app("Delay that the real worker adds, beside an empty worker");
  Options o;
  app.add_option("--receivers", o.receivers, "receivers")->check(CLI::Range(1, 50'000));
  app.add_option("--size", o.size, "bytes of an SRTP packet")->check(CLI::Range(64, 1'400));
  app.add_option("--suite", o.suite, "aes128gcm, aes256gcm or aescm")->check(CLI::IsMember(suites));
  app.add_option("--seconds", o.seconds, "in all");
  app.add_flag("--real", o.real, "real time: the worker on one core, its packets from another");
  app.add_flag("--realtime", o.realtime, "go before every ordinary process of this machine");
  app.add_option("--json", o.json, "write records to this file, - for standard output");
  CLI11_PARSE(app, argc, argv);
  o.profile = suites.at(o.suite);
  if (o.real && std::thread::hardware_concurrency() < 2) {
    std::fprintf(stderr, "--real takes two cores\n");
    return 1;
  }
  const perf::Hugepages pages(rig_setup(o).memory_mib);
  Bench bench(o);
  if (o.realtime && !perf::go_first()) return 1;
  bench.run();
  std::FILE* table = o.json == "-" ? stderr : stdout;
  std::fprintf(
      table,
      "%u receivers, %u B, %s, %s time: %.1f ns/packet at its fastest, %.3f of the bare cipher\n",
      o.receivers, o.size, o.suite.c_str(), o.real ? "real" : "virtual", bench.saturated_ns(),
      bench.cipher_ratio());
  std::fprintf(table, "%5s %8s %6s | %9s %9s %9s %9s | %9s %9s %9s | %9s %6s %9s\n", "load",
               "input", "busy", "p50 us", "p99 us", "quartile", "max us", "empty p50", "p99", "max",
               "p99 added", "lost", "void");
  nlohmann::json records = nlohmann::json::array();
  for (const Cell& c : bench.cells()) {
    const auto r = bench.record_of(c);
    const auto us = [&](const char* key) { return r[key].get<double>(); };
    std::fprintf(
        table,
        "%5.2f %8s %6.2f | %9.1f %9.1f %9.1f %9.1f | %9.1f %9.1f %9.1f | %9.1f %6lu %4lu/%-4lu\n",
        c.load, c.pattern.name, r.value("busy", 0.0), us("p50_us"), us("p99_us"),
        us("p99_us_lower_quartile"), us("max_us"), us("empty_p50_us"), us("empty_p99_us"),
        us("empty_max_us"), us("p99_us") - us("empty_p99_us"), c.lost, c.void_blocks, c.blocks);
    records.push_back(r);
  }
  const auto& last = records.back();
  std::fprintf(table, "sent %lu, verified %lu, bad %lu, dropped %lu, interrupted loops %lu\n",
               last["sent"].get<uint64_t>(), last["verified"].get<uint64_t>(), bench.bad(),
               last["dropped"].get<uint64_t>(), last["interrupted_loops"].get<uint64_t>());
  if (!perf::write_records(o.json, records)) return 1;
  return bench.bad() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  return sluice::run(argc, argv);
}
