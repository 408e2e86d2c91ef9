#include "perf/cipher_mix.h"

#include "perf/median.h"

namespace sluice::perf {
namespace {

constexpr double block_s = 0.0007;  // per size
constexpr int reference_blocks = 200;
constexpr double undisturbed = 0.1;  // share of the blocks that nobody disturbed, at least
constexpr std::size_t speed_blocks = 5;

}  // namespace

CipherMix::CipherMix(srtp::Profile profile, std::size_t head, std::size_t buffers)
    : destinations_(buffers) {
  for (std::size_t i = 0; i < payloads.size(); ++i)
    ciphers_[i] = std::make_unique<BareCipher>(profile, payloads[i], head, destinations_);
  std::array<std::vector<double>, payloads.size()> blocks;
  for (int b = 0; b < reference_blocks; ++b) {
    for (std::size_t i = 0; i < payloads.size(); ++i)
      blocks[i].push_back(ciphers_[i]->run(block_s));
  }
  for (std::size_t i = 0; i < payloads.size(); ++i)
    reference_ns_[i] = percentile(blocks[i], undisturbed);
}

void CipherMix::measure() {
  double ratio = 0;
  for (std::size_t i = 0; i < payloads.size(); ++i)
    ratio += reference_ns_[i] / ciphers_[i]->run(block_s) / static_cast<double>(payloads.size());
  ratio /= pulse_.speed();
  if (ratios_.size() < speed_blocks) {
    ratios_.push_back(ratio);
  } else {
    ratios_[next_++ % speed_blocks] = ratio;
  }
}

double CipherMix::speed() {
  return pulse_.speed() * (ratios_.empty() ? 1 : median(ratios_));
}

double CipherMix::packet_ns(std::size_t payload) const {
  std::size_t i = 1;
  while (i + 1 < payloads.size() && payload > payloads[i]) ++i;
  const double low = static_cast<double>(payloads[i - 1]), high = static_cast<double>(payloads[i]);
  const double share = (static_cast<double>(payload) - low) / (high - low);
  return reference_ns_[i - 1] + share * (reference_ns_[i] - reference_ns_[i - 1]);
}

double CipherMix::mix_ns(const std::vector<uint64_t>& sizes) const {
  double sum = 0;
  for (std::size_t n = 0; n < sizes.size(); ++n) {
    if (sizes[n] != 0) sum += static_cast<double>(sizes[n]) * packet_ns(n);
  }
  return sum;
}

}  // namespace sluice::perf
