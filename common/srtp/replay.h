// RFC 3711 s3.3.2: replay protection, a sliding window behind the highest authenticated index.
#pragma once

#include <cstdint>

namespace sluice::srtp {

// 256 packets wide. Check before the tag is verified, to save the work, and again after it: both
// copies of a packet may be in one batch. Then commit.
class ReplayWindow {
 public:
  static constexpr uint64_t width = 256;

  // After a restart: only indices above `highest` are accepted.
  void restart_at(uint64_t highest) {
    started_ = true;
    highest_ = highest;
    for (auto& w : bits_) w = ~0ULL;
  }
  bool started() const { return started_; }
  uint64_t highest() const { return highest_; }

  // True when the index is new and not too old.
  bool check(uint64_t index) const {
    if (!started_ || index > highest_) return true;
    if (highest_ - index >= width) return false;
    return (bits_[(index / 64) % (width / 64)] >> (index % 64) & 1) == 0;
  }
  void commit(uint64_t index) {
    if (!started_) {
      started_ = true;
      highest_ = index;
      for (auto& w : bits_) w = 0;
    } else if (index > highest_) {
      clear(highest_ + 1, index);
      highest_ = index;
    }
    bits_[(index / 64) % (width / 64)] |= 1ULL << (index % 64);
  }

 private:
  void clear(uint64_t from, uint64_t to) {
    if (to - from >= width) {
      for (auto& w : bits_) w = 0;
      return;
    }
    for (uint64_t i = from; i <= to; ++i) bits_[(i / 64) % (width / 64)] &= ~(1ULL << (i % 64));
  }

  uint64_t highest_ = 0;
  uint64_t bits_[width / 64] = {};
  bool started_ = false;
};

}  // namespace sluice::srtp
