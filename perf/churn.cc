// perf/churn: a track is forwarded to steady receivers at 80 % of what one worker can do, while
// guests join and leave (perf/turnover.h), and while the worker looks at every slot anew, as when a
// control plane starts. Blocks of the three kinds alternate, quiet, churn and rescan; as many
// receivers are there in all.
//
// Virtual time (perf/virtual_core.h): what the publisher does is the control plane's time, on
// another core, and takes none. The load is the rate of packets over the worker's highest with one
// packet a visit (beyond that visits grow and it is never idle), measured before and after each
// round of three blocks; a round between which it changed by more than a fifth is void, because the
// machine was not the same.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "perf/audience.h"
#include "perf/bare_cipher.h"
#include "perf/core_pin.h"
#include "perf/hugepages.h"
#include "perf/machine.h"
#include "perf/median.h"
#include "perf/suites.h"
#include "perf/turnover.h"
#include "perf/virtual_node.h"

namespace sluice {
namespace {

using perf::Audience;
using perf::Delays;
using perf::suites;
using Clock = std::chrono::steady_clock;

constexpr double load = 0.8;
constexpr uint32_t saturated_visit = 1;
constexpr TimeNs saturated_block_ns = 10 * ns_per_ms;
constexpr uint32_t block_packets = 40;
constexpr uint32_t warm_up_packets = 8;
constexpr uint32_t key_frame_every = 8;   // packets: guests do not wait long for their first
constexpr double speed_change_max = 1.2;  // the worker keeps up all the same
constexpr double cipher_block_s = 0.01;
constexpr TimeNs delay_bar_ns = 5 * ns_per_ms;

struct Options {
  uint32_t receivers = 5'000;
  uint32_t guests = 5'000;
  double rate = 10'000;
  uint32_t size = 1'200;
  std::string suite = "aes128gcm";
  srtp::Profile profile = srtp::Profile::aead_aes_128_gcm;
  double seconds = 20;
  bool realtime = false;
  std::string json;
};

perf::AudienceSetup audience_setup(const Options& o) {
  perf::AudienceSetup s;
  s.profile = o.profile;
  s.receivers = o.receivers;
  s.tracks = {{Codec::vp8}};
  return s;
}

perf::TurnoverSetup turnover_setup(const Options& o) {
  return {o.profile, o.guests, o.rate};
}

rig::RigSetup rig_setup(const Options& o) {
  rig::RigSetup s = Audience::rig_setup(audience_setup(o));
  perf::Turnover::add_to(s.capacities, turnover_setup(o));
  return s;
}

// Blocks of one kind, in sum.
struct Side {
  Delays delays{};
  uint64_t received = 0, lost = 0;  // by the steady receivers
  TimeNs time = 0, busy = 0, longest = 0;
  uint64_t interrupted = 0;
  perf::TurnoverCounts turned{};
  shm::Counters counters{};
  std::vector<double> throughput_ratios{}, p99_us{}, max_us{};  // of each block

  // A block, beside the quiet one of its round.
  void add(const Side& o, const Side& quiet);
  double busy_share() const { return static_cast<double>(busy) / static_cast<double>(time); }
  double per_second(uint64_t count) const {
    return static_cast<double>(count) * 1e9 / static_cast<double>(time);
  }
};

void Side::add(const Side& o, const Side& quiet) {
  delays.add(o.delays);
  p99_us.push_back(o.delays.percentile_us(0.99));
  max_us.push_back(o.delays.max_us());
  received += o.received;
  lost += o.lost;
  time += o.time;
  busy += o.busy;
  longest = std::max(longest, o.longest);
  interrupted += o.interrupted;
  turned += o.turned;
  throughput_ratios.push_back(o.per_second(o.received) / quiet.per_second(quiet.received));
  for (std::size_t i = 0; i < shm::counter_count; ++i) counters.values[i] += o.counters.values[i];
}

// Not of guests who wait for their first key frame.
bool is_drop(std::size_t counter) {
  const auto c = static_cast<shm::Counter>(counter);
  const shm::CounterGroup group = shm::counter_infos[counter].group;
  return group == shm::CounterGroup::ingress_drop ||
         (group == shm::CounterGroup::egress_drop && c != shm::Counter::egress_waiting &&
          c != shm::Counter::egress_not_ready);
}

class Bench {
 public:
  explicit Bench(const Options& o);
  void run();
  bool measured() const { return rounds_ != void_rounds_; }
  nlohmann::json records();

 private:
  nlohmann::json record_of(const char* kind, const Side& side);
  double saturate();
  void warm_up();
  void run_packets(uint32_t packets, TimeNs interval);
  Side run_block(TimeNs interval);
  void run_round();

  Options options_;
  rig::NodeRig rig_;
  Audience audience_;
  perf::Turnover turnover_;
  perf::VirtualNode node_;
  perf::DestinationRing destinations_;
  perf::BareCipher cipher_;
  uint64_t packets_ = 0;
  Side quiet_, churn_, rescan_;
  std::vector<double> saturated_ns_, ratios_;
  uint64_t rounds_ = 0, void_rounds_ = 0;
};

Bench::Bench(const Options& o)
    : options_(o),
      rig_(rig_setup(o)),
      audience_(rig_, audience_setup(o)),
      turnover_(audience_, turnover_setup(o)),
      node_(rig_, perf::Disturbed::counts),  // its bar is far above
      destinations_(Audience::buffers),
      cipher_(o.profile, o.size - Audience::rtp_head - srtp::rtp_overhead(o.profile),
              Audience::rtp_head, destinations_) {
  audience_.open();
  node_.add(audience_);
}

double Bench::saturate() {
  saturated_ns_.push_back(
      node_.saturated_ns(0, options_.size, saturated_visit, saturated_block_ns));
  return saturated_ns_.back();
}

void Bench::run_packets(uint32_t packets, TimeNs interval) {
  TimeNs next = node_.now();
  const TimeNs end = next + packets * interval;
  while (node_.now() < end) {
    turnover_.poll();
    for (; next <= node_.now() && next < end; next += interval)
      node_.feed(0, options_.size, ++packets_ % key_frame_every == 0, next);
    if (!node_.step()) node_.idle_until(std::min({next < end ? next : end, turnover_.next(), end}));
  }
}

// Begins and ends with an arrival, so that as much is under way at its end as at its beginning
// unless the worker falls behind.
Side Bench::run_block(TimeNs interval) {
  Side side;
  perf::Reception& reception = node_.reception(0);
  reception.reset();
  node_.core().reset_usage();
  const TimeNs began = node_.now();
  const perf::TurnoverCounts turned = turnover_.counts();
  const shm::Counters counters = rig_.counters(0);
  run_packets(block_packets, interval);
  const perf::CoreUsage& usage = node_.core().usage();
  side.delays = reception.delays();
  side.received = reception.received();
  side.lost = reception.lost();
  side.time = node_.now() - began;
  side.busy = usage.busy;
  side.longest = usage.longest;
  side.interrupted = usage.interrupted;
  side.turned = turnover_.counts() - turned;
  for (std::size_t i = 0; i < shm::counter_count; ++i)
    side.counters.values[i] = rig_.counters(0).values[i] - counters.values[i];
  return side;
}

void Bench::run_round() {
  const double before = saturate();
  const auto interval = static_cast<TimeNs>(before * (options_.receivers + options_.guests) / load);
  run_packets(warm_up_packets, interval);
  const Side quiet = run_block(interval);
  turnover_.start();
  run_packets(warm_up_packets, interval);
  const Side churn = run_block(interval);
  turnover_.stop();
  // Those who have just joined are served by what follows.
  run_packets(2 * key_frame_every, interval);
  turnover_.lose_news();
  const Side rescan = run_block(interval);
  node_.finish();
  const double after = saturate();
  ++rounds_;
  if (std::max(before, after) > std::min(before, after) * speed_change_max) {
    ++void_rounds_;
    return;
  }
  quiet_.add(quiet, quiet);
  churn_.add(churn, quiet);
  rescan_.add(rescan, quiet);
}

void Bench::warm_up() {
  node_.saturated_ns(0, options_.size, saturated_visit, saturated_block_ns);
}

void Bench::run() {
  warm_up();
  const auto end = Clock::now() + std::chrono::duration<double>(options_.seconds);
  do {
    run_round();
    cipher_.run(cipher_block_s);  // its buffers have left the caches
    ratios_.push_back(cipher_.run(cipher_block_s) / saturated_ns_.back());
    warm_up();  // and now the worker's have
    audience_.keep_consent();
  } while (Clock::now() < end);
}

nlohmann::json Bench::record_of(const char* kind, const Side& side) {
  const double ns = perf::median(saturated_ns_);
  const auto& checked = audience_.check().counts();
  nlohmann::json drops = nlohmann::json::object();
  uint64_t dropped = 0;
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    const uint64_t n = side.counters.values[i];
    if (n == 0 || !is_drop(i)) continue;
    drops[std::string(shm::counter_infos[i].name)] = n;
    dropped += n;
  }
  const auto late = static_cast<int64_t>(quiet_.delays.max_us() * 1e3) + delay_bar_ns;
  return {{"bench", "churn"},
          {"kind", kind},
          {"receivers", options_.receivers},
          {"guests", options_.guests},
          {"size", options_.size},
          {"suite", options_.suite},
          {"packets_per_visit", saturated_visit},
          {"ns_per_packet", ns},
          {"gbps", static_cast<double>(options_.size + Audience::wire_overhead) * 8 / ns},
          {"ratio_to_cipher", perf::median(ratios_)},
          {"load", load},
          {"joins_per_second", side.per_second(side.turned.joins)},
          {"leaves_per_second", side.per_second(side.turned.leaves)},
          {"never_ready", side.turned.never_ready},
          {"never_served", side.turned.never_served},
          {"repeated_checks", side.turned.repeated_checks},
          {"throughput_ratio", perf::median(side.throughput_ratios)},
          {"busy", side.busy_share()},
          {"p50_us", side.delays.percentile_us(0.5)},
          {"p99_us", perf::median(side.p99_us)},
          {"max_us", perf::median(side.max_us)},
          {"max_us_all", side.delays.max_us()},
          {"loop_us_max", static_cast<double>(side.longest) / 1e3},
          {"delayed_over_5ms", side.delays.count_above(late)},
          {"lost", side.lost},
          {"rounds", rounds_},
          {"void_rounds", void_rounds_},
          {"interrupted_loops", side.interrupted},
          {"sent", side.counters[shm::Counter::sent_media]},
          {"verified", checked.verified},
          {"bad", checked.bad},
          {"dropped", dropped},
          {"drops", drops},
          {"machine", perf::machine()},
          {"version", SLUICE_VERSION}};
}

nlohmann::json Bench::records() {
  return nlohmann::json::array(
      {record_of("quiet", quiet_), record_of("churn", churn_), record_of("rescan", rescan_)});
}

void print(std::FILE* table, const nlohmann::json& records) {
  const auto& first = records[0];
  std::fprintf(table, "%lu receivers and %lu guests, %lu B, %s: %.1f ns/packet at its fastest, ",
               first["receivers"].get<uint64_t>(), first["guests"].get<uint64_t>(),
               first["size"].get<uint64_t>(), first["suite"].get<std::string>().c_str(),
               first["ns_per_packet"].get<double>());
  std::fprintf(table, "%.3f of the bare cipher; void rounds %lu of %lu\n",
               first["ratio_to_cipher"].get<double>(), first["void_rounds"].get<uint64_t>(),
               first["rounds"].get<uint64_t>());
  std::fprintf(table, "%7s %8s %8s %7s %6s %9s %9s %9s %9s %9s %8s %6s %10s %4s %8s\n", "",
               "joins/s", "leaves/s", "through", "busy", "p50 us", "p99 us", "max us", "worst us",
               "loop us", "over 5ms", "lost", "sent", "bad", "dropped");
  for (const auto& r : records) {
    const auto number = [&](const char* key) { return r[key].get<double>(); };
    const auto count = [&](const char* key) { return r[key].get<uint64_t>(); };
    std::fprintf(table, "%7s %8.0f %8.0f %7.4f %6.2f %9.1f %9.1f %9.1f %9.1f %9.1f %8lu %6lu %10lu",
                 r["kind"].get<std::string>().c_str(), number("joins_per_second"),
                 number("leaves_per_second"), number("throughput_ratio"), number("busy"),
                 number("p50_us"), number("p99_us"), number("max_us"), number("max_us_all"),
                 number("loop_us_max"), count("delayed_over_5ms"), count("lost"), count("sent"));
    std::fprintf(table, " %4lu %8lu%s\n", count("bad"), count("dropped"),
                 r["drops"].empty() ? "" : (" " + r["drops"].dump()).c_str());
  }
  const auto& churn = records[1];
  std::fprintf(table,
               "verified %lu; guests never ready %lu, never served %lu, repeated checks %lu\n",
               churn["verified"].get<uint64_t>(), churn["never_ready"].get<uint64_t>(),
               churn["never_served"].get<uint64_t>(), churn["repeated_checks"].get<uint64_t>());
}

int run(int argc, char** argv) {
  CLI::App app("Joins and leaves beside a track that the real worker forwards");
  Options o;
  app.add_option("--receivers", o.receivers, "who stay")->check(CLI::Range(1, 200'000));
  app.add_option("--guests", o.guests, "who come and go, at any time")
      ->check(CLI::Range(1, 200'000));
  app.add_option("--rate", o.rate, "joins per second, and as many leaves")
      ->check(CLI::Range(1, 200'000));
  app.add_option("--size", o.size, "bytes of an SRTP packet")->check(CLI::Range(64, 1'400));
  app.add_option("--suite", o.suite, "aes128gcm, aes256gcm or aescm")->check(CLI::IsMember(suites));
  app.add_option("--seconds", o.seconds, "in all");
  app.add_flag("--realtime", o.realtime, "go before every ordinary process of this machine");
  app.add_option("--json", o.json, "write records to this file, - for standard output");
  CLI11_PARSE(app, argc, argv);
  o.profile = suites.at(o.suite);
  const perf::Hugepages pages(rig_setup(o).memory_mib);
  Bench bench(o);
  if (o.realtime && !perf::go_first()) return 1;
  bench.run();
  if (!bench.measured()) {
    std::fprintf(stderr, "the machine's speed changed in every round; try again\n");
    return 1;
  }
  const nlohmann::json records = bench.records();
  print(o.json == "-" ? stderr : stdout, records);
  if (!perf::write_records(o.json, records)) return 1;
  return records[0]["bad"] == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  return sluice::run(argc, argv);
}
