#include "common/wire/checksum.h"

namespace sluice::wire {

void InternetSum::add(ByteView bytes) {
  const uint8_t* p = bytes.data();
  std::size_t n = bytes.size();
  // 32-bit words into 64-bit lanes: no carry is lost below 2^32 words, and the loop vectorizes.
  uint64_t lanes[4] = {};
  for (; n >= 16; n -= 16, p += 16) {
    uint32_t w[4];
    std::memcpy(w, p, sizeof w);
    for (int i = 0; i < 4; i++) lanes[i] += w[i];
  }
  uint64_t sum = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  for (; n >= 2; n -= 2, p += 2) {
    uint16_t w;
    std::memcpy(&w, p, sizeof w);
    sum += w;
  }
  // RFC 1071 s1: an odd last byte is padded with a zero byte behind it.
  if (n == 1) sum += swap_be16(static_cast<uint16_t>(*p << 8));
  sum_ += sum;
}

void InternetSum::add_pseudo_header(const IpAddress& source, const IpAddress& destination,
                                    uint8_t protocol, uint32_t length) {
  // IPv4 lies in the first four bytes and zeros do not change the sum.
  add(source.bytes);
  add(destination.bytes);
  add_word(protocol);
  add_word(static_cast<uint16_t>(length >> 16));
  add_word(static_cast<uint16_t>(length));
}

uint16_t udp_checksum(const IpAddress& source, const IpAddress& destination, ByteView packet) {
  InternetSum s;
  s.add_pseudo_header(source, destination, 17, static_cast<uint32_t>(packet.size()));
  s.add(packet);
  const uint16_t c = s.checksum();
  // RFC 768: zero means "no checksum", so a computed zero is sent as all ones.
  return c == 0 ? 0xffff : c;
}

}  // namespace sluice::wire
