// Big-endian loads and stores, and bounds-checked cursors over bytes. Byte shifts live only in this
// room.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace sluice::wire {

using ByteView = std::span<const uint8_t>;
using ByteSpan = std::span<uint8_t>;

// Network order to host order and back (the same operation).
constexpr uint16_t swap_be16(uint16_t v) {
  return std::endian::native == std::endian::little ? __builtin_bswap16(v) : v;
}
constexpr uint32_t swap_be32(uint32_t v) {
  return std::endian::native == std::endian::little ? __builtin_bswap32(v) : v;
}
constexpr uint64_t swap_be64(uint64_t v) {
  return std::endian::native == std::endian::little ? __builtin_bswap64(v) : v;
}

// Unaligned loads and stores; the caller has checked the bounds.
inline uint16_t load_be16(const uint8_t* p) {
  uint16_t v;
  std::memcpy(&v, p, sizeof v);
  return swap_be16(v);
}
inline uint32_t load_be32(const uint8_t* p) {
  uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return swap_be32(v);
}
inline uint64_t load_be64(const uint8_t* p) {
  uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return swap_be64(v);
}
inline uint32_t load_be24(const uint8_t* p) {
  return static_cast<uint32_t>(p[0]) << 16 | static_cast<uint32_t>(load_be16(p + 1));
}
inline uint64_t load_be48(const uint8_t* p) {
  return static_cast<uint64_t>(load_be16(p)) << 32 | load_be32(p + 2);
}

inline void store_be16(uint8_t* p, uint16_t v) {
  v = swap_be16(v);
  std::memcpy(p, &v, sizeof v);
}
inline void store_be32(uint8_t* p, uint32_t v) {
  v = swap_be32(v);
  std::memcpy(p, &v, sizeof v);
}
inline void store_be64(uint8_t* p, uint64_t v) {
  v = swap_be64(v);
  std::memcpy(p, &v, sizeof v);
}
// The upper bits of v beyond the field are ignored.
inline void store_be24(uint8_t* p, uint32_t v) {
  p[0] = static_cast<uint8_t>(v >> 16);
  store_be16(p + 1, static_cast<uint16_t>(v));
}
inline void store_be48(uint8_t* p, uint64_t v) {
  store_be16(p, static_cast<uint16_t>(v >> 32));
  store_be32(p + 2, static_cast<uint32_t>(v));
}

// Reads from the front. The first read past the end makes ok() false for good; it and all later
// reads give zeros.
class Reader {
 public:
  explicit Reader(ByteView bytes)
      : begin_(bytes.data()), next_(bytes.data()), end_(begin_ + bytes.size()) {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - next_); }
  std::size_t offset() const { return static_cast<std::size_t>(next_ - begin_); }

  uint8_t u8() { return has(1) ? *advance(1) : uint8_t{0}; }
  uint16_t u16() { return has(2) ? load_be16(advance(2)) : uint16_t{0}; }
  uint32_t u24() { return has(3) ? load_be24(advance(3)) : 0; }
  uint32_t u32() { return has(4) ? load_be32(advance(4)) : 0; }
  uint64_t u48() { return has(6) ? load_be48(advance(6)) : 0; }
  uint64_t u64() { return has(8) ? load_be64(advance(8)) : 0; }
  // Empty when fewer than n bytes remain.
  ByteView take(std::size_t n) { return has(n) ? ByteView(advance(n), n) : ByteView(); }
  ByteView rest() { return take(remaining()); }
  void skip(std::size_t n) {
    if (has(n)) advance(n);
  }

 private:
  bool has(std::size_t n) { return ok_ = ok_ && n <= remaining(); }
  const uint8_t* advance(std::size_t n) {
    const uint8_t* p = next_;
    next_ += n;
    return p;
  }

  const uint8_t* begin_;
  const uint8_t* next_;
  const uint8_t* end_;
  bool ok_ = true;
};

// Writes from the front. The first write that does not fit makes ok() false for good and length()
// 0.
class Writer {
 public:
  explicit Writer(ByteSpan out)
      : begin_(out.data()), next_(out.data()), end_(begin_ + out.size()) {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - next_); }
  std::size_t offset() const { return static_cast<std::size_t>(next_ - begin_); }
  // What write_ functions return: bytes written, 0 if anything did not fit.
  std::size_t length() const { return ok_ ? offset() : 0; }

  void u8(uint8_t v) {
    if (uint8_t* p = claim(1)) *p = v;
  }
  void u16(uint16_t v) {
    if (uint8_t* p = claim(2)) store_be16(p, v);
  }
  void u24(uint32_t v) {
    if (uint8_t* p = claim(3)) store_be24(p, v);
  }
  void u32(uint32_t v) {
    if (uint8_t* p = claim(4)) store_be32(p, v);
  }
  void u48(uint64_t v) {
    if (uint8_t* p = claim(6)) store_be48(p, v);
  }
  void u64(uint64_t v) {
    if (uint8_t* p = claim(8)) store_be64(p, v);
  }
  void bytes(ByteView v) {
    uint8_t* p = claim(v.size());
    if (p != nullptr && !v.empty()) std::memcpy(p, v.data(), v.size());
  }
  void zeros(std::size_t n) {
    uint8_t* p = claim(n);
    if (p != nullptr && n != 0) std::memset(p, 0, n);
  }
  // n bytes for the caller to fill; nullptr when they do not fit.
  uint8_t* claim(std::size_t n) {
    ok_ = ok_ && n <= remaining();
    if (!ok_) return nullptr;
    uint8_t* p = next_;
    next_ += n;
    return p;
  }

 private:
  uint8_t* begin_;
  uint8_t* next_;
  uint8_t* end_;
  bool ok_ = true;
};

}  // namespace sluice::wire
