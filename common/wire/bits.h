// A bounds-checked cursor over bits, most significant bit first.
#pragma once

#include <bit>
#include <cstdint>

#include "common/wire/bytes.h"

namespace sluice::wire {

// The first read past the end makes ok() false for good; it and all later reads give zeros.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes), left_(bytes.size() * 8) {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return left_; }
  bool bit() { return bits(1) != 0; }
  // n <= 32
  uint32_t bits(unsigned n);
  // AV1 RTP specification A.4.1, ns(n): a number below n in as few bits as that allows. n > 0.
  uint32_t non_symmetric(uint32_t n);

 private:
  ByteView bytes_;
  std::size_t left_;
  bool ok_ = true;
};

inline uint32_t BitReader::bits(unsigned n) {
  ok_ = ok_ && n <= left_;
  if (!ok_) return 0;
  uint64_t value = 0;
  for (std::size_t at = bytes_.size() * 8 - left_; n != 0;) {
    const auto free = static_cast<unsigned>(8 - at % 8);
    const unsigned take = n < free ? n : free;
    const unsigned chunk = bytes_[at / 8] >> (free - take) & ((1u << take) - 1);
    value = value << take | chunk;
    at += take;
    left_ -= take;
    n -= take;
  }
  return static_cast<uint32_t>(value);
}

inline uint32_t BitReader::non_symmetric(uint32_t n) {
  const auto width = static_cast<unsigned>(std::bit_width(n));
  const uint32_t short_codes = static_cast<uint32_t>((uint64_t{1} << width) - n);
  const uint32_t v = bits(width - 1);
  if (v < short_codes) return v;
  return (v << 1) - short_codes + bits(1);
}

}  // namespace sluice::wire
