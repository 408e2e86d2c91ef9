// Times of any length in fixed memory: buckets an eighth of a power of two wide.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "common/base/time.h"

namespace sluice::loadgen {

class Histogram {
 public:
  void add(TimeNs t) {
    const auto us = static_cast<uint64_t>(std::max<TimeNs>(t, 0)) / 1'000;
    ++buckets_[bucket_of(us)];
    ++count_;
    max_us_ = std::max(max_us_, us);
  }
  Histogram& operator+=(const Histogram& other) {
    for (std::size_t b = 0; b < buckets_.size(); ++b) buckets_[b] += other.buckets_[b];
    count_ += other.count_;
    max_us_ = std::max(max_us_, other.max_us_);
    return *this;
  }
  double max_ms() const { return static_cast<double>(max_us_) / 1'000; }
  // The upper end of the bucket the share of `part` (0 to 1) ends in, in milliseconds.
  double quantile_ms(double part) const {
    const auto wanted = static_cast<uint64_t>(part * static_cast<double>(count_));
    uint64_t seen = 0;
    for (std::size_t b = 0; b < buckets_.size(); ++b) {
      seen += buckets_[b];
      if (seen > wanted) return std::min(upper_us(b), static_cast<double>(max_us_)) / 1'000;
    }
    return max_ms();
  }

 private:
  static constexpr unsigned fraction_bits = 3;
  static constexpr uint64_t linear_max = 1U << fraction_bits;

  static std::size_t bucket_of(uint64_t us) {
    if (us < linear_max) return us;
    const auto exponent = static_cast<unsigned>(std::bit_width(us)) - 1 - fraction_bits;
    return exponent * linear_max + (us >> exponent);
  }
  static double upper_us(std::size_t bucket) {
    if (bucket < 2 * linear_max) return static_cast<double>(bucket);
    const std::size_t exponent = bucket / linear_max - 1;
    return static_cast<double>((bucket % linear_max + linear_max + 1) << exponent) - 1;
  }

  std::array<uint64_t, (64 - fraction_bits + 1) * linear_max> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_us_ = 0;
};

}  // namespace sluice::loadgen
