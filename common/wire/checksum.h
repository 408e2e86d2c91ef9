// The internet checksum (RFC 1071), its pseudo headers (RFC 768, RFC 8200 s8.1) and its incremental
// update (RFC 1624).
#pragma once

#include <cstdint>

#include "common/base/ip.h"
#include "common/wire/bytes.h"

namespace sluice::wire {

// Accumulates a ones' complement sum. Every piece but the last has an even length.
class InternetSum {
 public:
  void add(ByteView bytes);
  // One 16-bit word in host order.
  void add_word(uint16_t v) { sum_ += swap_be16(v); }
  // RFC 768, RFC 8200 s8.1: both addresses, the protocol and the length of the upper-layer packet.
  void add_pseudo_header(const IpAddress& source, const IpAddress& destination, uint8_t protocol,
                         uint32_t length);
  // Folded to 16 bits, host order, not complemented: what checksum offload wants as a start.
  uint16_t folded() const;
  // What goes into the checksum field, host order; 0 over a valid packet that includes its
  // checksum.
  uint16_t checksum() const { return static_cast<uint16_t>(~folded()); }

 private:
  // Sum of words as they lie in memory: RFC 1071 s2(B), the sum does not depend on byte order.
  uint64_t sum_ = 0;
};

// RFC 1071 over one piece, host order.
uint16_t internet_checksum(ByteView bytes);

// Checksum of a UDP packet (header with a zero checksum field, and payload), host order, never 0.
uint16_t udp_checksum(const IpAddress& source, const IpAddress& destination, ByteView packet);

// RFC 1624 eqn. 3: the checksum after one 16-bit word of the covered bytes changed. All in host
// order.
constexpr uint16_t update_checksum(uint16_t checksum, uint16_t old_word, uint16_t new_word) {
  uint32_t sum = static_cast<uint16_t>(~checksum);
  sum += static_cast<uint16_t>(~old_word);
  sum += new_word;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

inline uint16_t InternetSum::folded() const {
  uint64_t s = sum_;
  s = (s & 0xffffffff) + (s >> 32);
  s = (s & 0xffffffff) + (s >> 32);
  s = (s & 0xffff) + (s >> 16);
  s = (s & 0xffff) + (s >> 16);
  return swap_be16(static_cast<uint16_t>(s));
}

inline uint16_t internet_checksum(ByteView bytes) {
  InternetSum s;
  s.add(bytes);
  return s.checksum();
}

}  // namespace sluice::wire
