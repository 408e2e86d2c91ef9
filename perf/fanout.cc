// perf/fanout: one packet to N receivers, each under its own key, by the real worker: tables from a
// real publisher, SRTP in, classes, elevator, encryption, frames, tx. Its floors in the same run:
// the bare cipher, and what socket SFUs do (libsrtp on OpenSSL, UDP over loopback). README.md says
// how to read it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "perf/core_pin.h"
#include "perf/fanout_case.h"
#include "perf/hugepages.h"
#include "perf/machine.h"
#include "perf/suites.h"

namespace sluice::perf {
namespace {

constexpr uint32_t audio_size_max = 200;  // what a packet of Opus has at most
constexpr uint32_t growth_from = 100, growth_to = 50'000;

const std::map<std::string, Codec> codecs{{"opus", Codec::opus},
                                          {"vp8", Codec::vp8},
                                          {"vp9", Codec::vp9},
                                          {"h264", Codec::h264},
                                          {"av1", Codec::av1}};

struct Options {
  std::vector<uint32_t> receivers{1, 10, 100, 1'000, 10'000, 50'000};
  std::vector<uint32_t> sizes{160, 600, 1'200};
  std::vector<uint32_t> visits{1, 2, 4, 8};
  std::string suite, codec, json;
  double seconds = 2;
  uint32_t core = last_core();
  bool sockets = true;
  bool realtime = false;
};

// Opus for its sizes; beyond, H264, and VP8 beside it for full packets, because its payload differs
// from class to class.
std::vector<Codec> codecs_for(const Options& o, uint32_t size) {
  if (!o.codec.empty()) return {codecs.at(o.codec)};
  if (size <= audio_size_max) return {Codec::opus};
  if (size < 1'200) return {Codec::h264};
  return {Codec::h264, Codec::vp8};
}

nlohmann::json or_null(double ratio) {
  return ratio == 0 ? nlohmann::json() : nlohmann::json(ratio);
}

class Table {
 public:
  explicit Table(std::FILE* out);
  void add(const FanoutCase& c, const std::string& suite, uint32_t visit, const FanoutResult& r);
  // The ratio to the cipher at few receivers over that at many, where both were measured.
  void add_growth();
  const nlohmann::json& records() const { return records_; }
  bool bad() const { return bad_ != 0; }

 private:
  using Key = std::tuple<std::string, Codec, uint32_t, uint32_t>;  // suite, codec, size, visit
  std::FILE* out_;
  nlohmann::json records_ = nlohmann::json::array();
  std::map<Key, std::map<uint32_t, double>> ratios_;  // by receivers
  uint64_t bad_ = 0;
};

Table::Table(std::FILE* out) : out_(out) {
  std::fprintf(
      out_, "%9s %5s %10s %5s %5s %7s %7s %6s | %8s %5s | %8s %5s | %8s %5s | %9s %8s %3s %7s\n",
      "receivers", "size", "suite", "codec", "visit", "ns/pkt", "cipher", "ratio", "sendmmsg",
      "times", "segment", "times", "whole", "times", "sent", "verified", "bad", "dropped");
}

void Table::add(const FanoutCase& c, const std::string& suite, uint32_t visit,
                const FanoutResult& r) {
  const std::string codec(name_of(c.codec));
  const double gbps = static_cast<double>(c.size + Audience::wire_overhead) * 8 / r.worker_ns;
  std::fprintf(out_, "%9u %5u %10s %5s %5u %7.1f %7.1f %6.3f", c.receivers, c.size, suite.c_str(),
               codec.c_str(), visit, r.worker_ns, r.cipher_ns, r.to_cipher);
  for (std::size_t w = 0; w < socket_ways; ++w) {
    r.to_socket[w] == 0 ? std::fprintf(out_, " | %8s %5s", "-", "-")
                        : std::fprintf(out_, " | %8.0f %5.1f", r.socket_ns[w], r.to_socket[w]);
  }
  std::fprintf(out_, " | %9lu %8lu %3lu %7lu\n", r.sent, r.checked.verified, r.checked.bad,
               r.dropped);
  std::fflush(out_);
  records_.push_back({{"bench", "fanout"},
                      {"receivers", c.receivers},
                      {"size", c.size},
                      {"suite", suite},
                      {"codec", codec},
                      {"packets_per_visit", visit},
                      {"packets_per_visit_counted", r.visit},
                      {"ns_per_packet", r.worker_ns},
                      {"cipher_ns_per_packet", r.cipher_ns},
                      {"gbps", gbps},
                      {"ratio_to_cipher", r.to_cipher},
                      {"ratio_to_socket", or_null(r.to_socket[0])},
                      {"ratio_to_socket_segment", or_null(r.to_socket[1])},
                      {"ratio_to_socket_segment_whole", or_null(r.to_socket[2])},
                      {"socket_ns_per_packet", or_null(r.socket_ns[0])},
                      {"socket_segment_ns_per_packet", or_null(r.socket_ns[1])},
                      {"socket_segment_whole_ns_per_packet", or_null(r.socket_ns[2])},
                      {"sent", r.sent},
                      {"verified", r.checked.verified},
                      {"bad", r.checked.bad},
                      {"dropped", r.dropped},
                      {"machine", machine()},
                      {"version", SLUICE_VERSION}});
  ratios_[{suite, c.codec, c.size, visit}][c.receivers] = r.to_cipher;
  bad_ += r.checked.bad;
}

void Table::add_growth() {
  for (const auto& [key, by_receivers] : ratios_) {
    const auto few = by_receivers.find(growth_from), many = by_receivers.find(growth_to);
    if (few == by_receivers.end() || many == by_receivers.end()) continue;
    const auto& [suite, codec, size, visit] = key;
    const double growth = few->second / many->second;
    std::fprintf(out_, "growth %u to %u receivers, %u bytes %s %s, %u a visit: %.2f\n", growth_from,
                 growth_to, size, suite.c_str(), std::string(name_of(codec)).c_str(), visit,
                 growth);
    records_.push_back({{"bench", "fanout_growth"},
                        {"receivers", growth_to},
                        {"receivers_from", growth_from},
                        {"size", size},
                        {"suite", suite},
                        {"codec", name_of(codec)},
                        {"packets_per_visit", visit},
                        {"growth", growth},
                        {"machine", machine()},
                        {"version", SLUICE_VERSION}});
  }
}

int run(int argc, char** argv) {
  CLI::App app("Fan-out of the real worker, beside the bare cipher and what socket SFUs do");
  Options o;
  app.add_option("--receivers", o.receivers, "receivers")
      ->check(CLI::Range(1, 500'000))
      ->capture_default_str();
  app.add_option("--size", o.sizes, "bytes of an SRTP packet")
      ->check(CLI::Range(64, 1'400))
      ->capture_default_str();
  app.add_option("--visit", o.visits, "packets a visit")
      ->check(CLI::Range(1, 32))
      ->capture_default_str();
  app.add_option("--suite", o.suite, "aes128gcm, aes256gcm or aescm (all)")
      ->check(CLI::IsMember(suites));
  app.add_option("--codec", o.codec, "opus, vp8, vp9, h264 or av1 (what suits the size)")
      ->check(CLI::IsMember(codecs));
  app.add_option("--seconds", o.seconds, "per row")->capture_default_str();
  app.add_option("--core", o.core, "core to run on")->capture_default_str();
  app.add_flag("--realtime", o.realtime, "ahead of every other process on that core");
  app.add_flag("!--no-sockets", o.sockets, "leave the socket floor out");
  app.add_option("--json", o.json, "write records to this file, - for standard output");
  CLI11_PARSE(app, argc, argv);
  const Hugepages pages(Audience::rig_setup({}).memory_mib);
  const std::string floor_program = o.sockets ? SocketFloor::program() : std::string();
  if (o.realtime && !go_first()) return 1;
  Table table(o.json == "-" ? stderr : stdout);
  for (const auto& [suite, profile] : suites) {
    if (!o.suite.empty() && o.suite != suite) continue;
    for (const uint32_t size : o.sizes) {
      for (const Codec codec : codecs_for(o, size)) {
        for (const uint32_t receivers : o.receivers) {
          const FanoutCase c{receivers, size, profile, codec, o.core, floor_program};
          FanoutBench bench(c);
          for (const uint32_t visit : o.visits)
            table.add(c, suite, visit, bench.run(visit, o.seconds));
        }
      }
    }
  }
  table.add_growth();
  if (!write_records(o.json, table.records())) return 1;
  return table.bad() ? 1 : 0;
}

}  // namespace
}  // namespace sluice::perf

int main(int argc, char** argv) {
  return sluice::perf::run(argc, argv);
}
