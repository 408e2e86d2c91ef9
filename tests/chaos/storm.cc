// Storms: so many mutated packets of every kind against a node in which a call runs, as fast as the
// worker takes them. Every one of them ends in a named counter, no buffer is kept, and every packet
// of the call arrives.
//
//   storm [--packets N] [--traffic stun] [--seed S]
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/fuzz/mutator.h"
#include "tests/fuzz/seeds.h"

namespace sluice {
namespace {

using fuzz::Bytes;
using fuzz::Guise;
using fuzz::Seed;
using fuzz::Traffic;

// Between two packets of the call, which are a millisecond apart: 64,000 a second.
constexpr uint64_t per_beat = 64;

// A corpus and the guise in which its mutations are sent.
struct Squall {
  Guise guise;
  std::vector<Bytes> corpus;
};

class Storm {
 public:
  Storm(Traffic traffic, uint64_t seed) : traffic_(traffic), seed_(seed), intruder_(call_) {
    for (Seed& s : fuzz::seeds()) {
      if (s.traffic == traffic) squall(s.guise).corpus.push_back(std::move(s.bytes));
    }
    before_ = call_.rig().counters();
  }
  // Empty: all went well.
  std::string blow(uint64_t packets);
  void report(uint64_t packets);

 private:
  Squall& squall(Guise guise) {
    for (Squall& s : squalls_) {
      if (s.guise == guise) return s;
    }
    return squalls_.emplace_back(Squall{guise, {}});
  }
  // Copies of what Alice has sent just now, recognised as old, and the same with a later number,
  // whose tags are wrong.
  void learn() {
    if (traffic_ != Traffic::rtp) return;
    std::vector<Bytes>& corpus = squall(Guise::alice).corpus;
    corpus = call_.last_packets();
    for (const Bytes& packet : call_.last_packets()) {
      corpus.push_back(packet);
      corpus.back()[3] = static_cast<uint8_t>(packet[3] + 100);
    }
  }

  Traffic traffic_;
  uint64_t seed_;
  rig::Call call_;
  fuzz::Intruder intruder_;
  std::vector<Squall> squalls_;
  shm::Counters before_;
  uint64_t tried_ = 0;
};

std::string Storm::blow(uint64_t packets) {
  const uint64_t at_first = call_.received();
  uint64_t sent = 0, of_call = 0;
  while (sent < packets) {
    learn();
    for (uint64_t i = 0; i < per_beat && sent < packets; ++tried_) {
      const Squall& s = squalls_[tried_ % squalls_.size()];
      if (!intruder_.send(s.guise, fuzz::Mutator(s.corpus, seed_ + tried_).next())) continue;
      ++sent;
      ++i;
    }
    std::string fault = call_.beat();
    if (fault.empty()) fault = call_.balance();
    if (!fault.empty()) return fault + ", after " + std::to_string(sent) + " packets";
    of_call += 2;
  }
  const uint64_t arrived = call_.received() - at_first;
  if (arrived < sent + of_call) {
    return std::to_string(sent + of_call) + " packets were sent, the node has seen " +
           std::to_string(arrived);
  }
  return {};
}

void Storm::report(uint64_t packets) {
  const shm::Counters now = call_.rig().counters();
  std::printf("%s: %llu packets\n", fuzz::traffic_names[static_cast<std::size_t>(traffic_)],
              static_cast<unsigned long long>(packets));
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    const auto group = shm::counter_infos[i].group;
    const uint64_t n = now.values[i] - before_.values[i];
    if (n == 0 ||
        (group != shm::CounterGroup::received_ok && group != shm::CounterGroup::ingress_drop))
      continue;
    std::printf("  %10llu %s\n", static_cast<unsigned long long>(n),
                shm::counter_infos[i].name.data());
  }
}

int run(int argc, char** argv) {
  uint64_t packets = 20'000;
  uint64_t seed = 1;
  std::string only;
  CLI::App app("mutated packets against a node in which a call runs");
  app.add_option("--packets", packets, "of each kind");
  app.add_option("--traffic", only, "stun, dtls, rtp, rtcp, link, udp or fragment");
  app.add_option("--seed", seed);
  CLI11_PARSE(app, argc, argv);
  int failed = 0;
  for (std::size_t i = 0; i < fuzz::traffic_names.size(); ++i) {
    if (!only.empty() && only != fuzz::traffic_names[i]) continue;
    Storm storm(static_cast<Traffic>(i), seed);
    const auto begin = std::chrono::steady_clock::now();
    const std::string fault = storm.blow(packets);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    storm.report(packets);
    if (fault.empty()) {
      std::printf("  the call had all its packets; %.1f s\n", seconds);
      continue;
    }
    std::printf("FAILED: %s; again with: %s --packets %llu --traffic %s --seed %llu\n",
                fault.c_str(), argv[0], static_cast<unsigned long long>(packets),
                fuzz::traffic_names[i], static_cast<unsigned long long>(seed));
    failed = 1;
  }
  return failed;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  return sluice::run(argc, argv);
}
