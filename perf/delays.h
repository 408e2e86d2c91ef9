// Delays: a histogram of nanoseconds, any number of samples in fixed memory, percentiles within
// 1.6 %.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sluice::perf {

class Delays {
 public:
  void add(int64_t ns) {
    const uint64_t v = ns > 0 ? static_cast<uint64_t>(ns) : 0;
    ++counts_[bucket_of(v)];
    ++count_;
    max_ = std::max(max_, v);
  }
  void add(const Delays& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
  }
  uint64_t count() const { return count_; }
  double max_us() const { return static_cast<double>(max_) / 1e3; }
  // share: 0 to 1. The upper edge of the bucket it falls into.
  double percentile_us(double share) const;
  // Samples of at least that much, to the bucket.
  uint64_t count_above(int64_t ns) const;

 private:
  // Below 64 exact; above, 64 buckets for each power of two.
  static constexpr unsigned fine_bits = 6;
  static constexpr std::size_t fine = std::size_t{1} << fine_bits;
  static std::size_t bucket_of(uint64_t v) {
    if (v < fine) return v;
    const unsigned shift = static_cast<unsigned>(std::bit_width(v)) - fine_bits - 1;
    return (std::size_t{shift} + 1) * fine + ((v >> shift) - fine);
  }
  static uint64_t upper_edge(std::size_t bucket) {
    if (bucket < fine) return bucket;
    const std::size_t shift = bucket / fine - 1;
    return ((fine + bucket % fine + 1) << shift) - 1;
  }

  std::array<uint64_t, (64 - fine_bits + 1) * fine> counts_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

inline double Delays::percentile_us(double share) const {
  const auto wanted = static_cast<uint64_t>(share * static_cast<double>(count_));
  uint64_t below = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    below += counts_[i];
    if (below > wanted) return static_cast<double>(std::min(upper_edge(i), max_)) / 1e3;
  }
  return max_us();
}

inline uint64_t Delays::count_above(int64_t ns) const {
  uint64_t n = 0;
  for (std::size_t i = bucket_of(static_cast<uint64_t>(std::max<int64_t>(ns, 0)));
       i < counts_.size(); ++i)
    n += counts_[i];
  return n;
}

}  // namespace sluice::perf
