#include "common/wire/checksum.h"

#include <gtest/gtest.h>

#include <random>

#include "common/wire/crc32.h"
#include "tests/unit/wire/hex.h"

namespace sluice::wire {
namespace {

// RFC 1071 s1, word by word.
uint16_t by_definition(const std::vector<uint8_t>& b) {
  uint32_t sum = 0;
  for (std::size_t i = 0; i < b.size(); i++) sum += i % 2 == 0 ? uint32_t{b[i]} << 8 : b[i];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

TEST(Checksum, Rfc1071Example) {
  InternetSum s;
  s.add(from_hex("0001f203f4f5f6f7"));
  EXPECT_EQ(s.folded(), 0xddf2);
  EXPECT_EQ(s.checksum(), 0x220d);
}

TEST(Checksum, AgreesWithItsDefinitionForEveryLength) {
  std::mt19937 random(1);
  std::vector<uint8_t> b;
  for (int length = 0; length < 300; length++) {
    EXPECT_EQ(internet_checksum(b), by_definition(b)) << length;
    b.push_back(static_cast<uint8_t>(random()));
  }
  EXPECT_EQ(internet_checksum(std::vector<uint8_t>(9000, 0xff)), 0);
}

TEST(Checksum, AnIncrementalUpdateEqualsSummingAnew) {
  std::mt19937 random(2);
  for (int i = 0; i < 10'000; i++) {
    std::vector<uint8_t> b(20);
    for (auto& v : b) v = static_cast<uint8_t>(random());
    const uint16_t before = internet_checksum(b);
    const uint16_t old_word = load_be16(b.data() + 2), new_word = static_cast<uint16_t>(random());
    store_be16(b.data() + 2, new_word);
    EXPECT_EQ(update_checksum(before, old_word, new_word), internet_checksum(b)) << i;
  }
}

TEST(Checksum, UdpOverBothFamilies) {
  const auto a4 = *parse_ip("192.0.2.1"), b4 = *parse_ip("192.0.2.2");
  // Pseudo header and packet written out.
  const auto packet = from_hex("13881770000b0000 616263");
  const auto v4 = from_hex("c0000201c0000202 0011000b 13881770000b0000 616263");
  EXPECT_EQ(udp_checksum(a4, b4, packet), by_definition(v4));
  const auto a6 = *parse_ip("2001:db8::1"), b6 = *parse_ip("2001:db8::2");
  const auto v6 = from_hex(
      "20010db8000000000000000000000001 20010db8000000000000000000000002 0000000b 00000011"
      "13881770000b0000 616263");
  EXPECT_EQ(udp_checksum(a6, b6, packet), by_definition(v6));
}

TEST(Checksum, AUdpChecksumIsNeverZero) {
  const auto ip = *parse_ip("0.0.0.0");
  // 0x11 + 8 + length field 8 + the port below make all ones.
  auto packet = from_hex("0000000000080000");
  store_be16(packet.data(), static_cast<uint16_t>(0xffff - 0x11 - 8 - 8));
  EXPECT_EQ(udp_checksum(ip, ip, packet), 0xffff);
}

TEST(Crc32, CheckValueAndPieces) {
  const auto b = from_hex("313233343536373839");
  EXPECT_EQ(crc32(b), 0xcbf43926u);
  EXPECT_EQ(crc32(ByteView(b).subspan(4), crc32(ByteView(b).first(4))), 0xcbf43926u);
}

}  // namespace
}  // namespace sluice::wire
