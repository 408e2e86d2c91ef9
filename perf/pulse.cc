#include "perf/pulse.h"

#include <rte_cycles.h>

#include "perf/median.h"

namespace sluice::perf {
namespace {

constexpr std::size_t packets = 16;
constexpr std::size_t payload = 1'160;
constexpr std::size_t rtp_head = 12;
constexpr int reference_pulses = 4'000;
constexpr double undisturbed = 0.1;  // share of the pulses that nobody disturbed, at least
constexpr double interval_s = 0.0003;
constexpr std::size_t kept = 3;

}  // namespace

Pulse::Pulse()
    : destination_(2), cipher_(srtp::Profile::aead_aes_128_gcm, payload, rtp_head, destination_) {
  std::vector<double> ns;
  for (int i = 0; i < reference_pulses; ++i) ns.push_back(beat());
  reference_ns_ = percentile(std::move(ns), undisturbed);
}

double Pulse::beat() {
  cipher_.encrypt(packets / 4);  // warm
  const uint64_t begin = rte_rdtsc();
  cipher_.encrypt(packets);
  const auto took = static_cast<double>(rte_rdtsc() - begin);
  return took / static_cast<double>(rte_get_tsc_hz()) * 1e9 / packets;
}

double Pulse::speed() {
  if (rte_rdtsc() >= due_) {
    last_.push_back(reference_ns_ / beat());
    if (last_.size() > kept) last_.pop_front();
    due_ = rte_rdtsc() + static_cast<uint64_t>(interval_s * static_cast<double>(rte_get_tsc_hz()));
  }
  return median({last_.begin(), last_.end()});
}

}  // namespace sluice::perf
