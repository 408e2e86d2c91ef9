#include "common/wire/bytes.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/wire/hex.h"

namespace sluice::wire {
namespace {

TEST(Bytes, LoadsAndStoresInNetworkOrder) {
  const auto b = from_hex("0102030405060708");
  EXPECT_EQ(load_be16(b.data()), 0x0102);
  EXPECT_EQ(load_be24(b.data()), 0x010203u);
  EXPECT_EQ(load_be32(b.data()), 0x01020304u);
  EXPECT_EQ(load_be48(b.data()), 0x010203040506u);
  EXPECT_EQ(load_be64(b.data()), 0x0102030405060708u);
  std::array<uint8_t, 8> out{};
  store_be24(out.data(), 0xff010203);
  EXPECT_EQ(hex_of(out), "0102030000000000");
  store_be48(out.data() + 1, 0xffff010203040506);
  EXPECT_EQ(hex_of(out), "0101020304050600");
}

TEST(Bytes, TheFirstReadPastTheEndFailsForGood) {
  const auto b = from_hex("010203");
  Reader r(b);
  EXPECT_EQ(r.u16(), 0x0102);
  EXPECT_EQ(r.u16(), 0);
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(r.u8(), 0) << "one byte is left, but the reader has failed";
  EXPECT_TRUE(r.take(1).empty());
  EXPECT_FALSE(r.ok());
}

TEST(Bytes, TheFirstWriteThatDoesNotFitFailsForGood) {
  std::array<uint8_t, 3> out{};
  Writer w(out);
  w.u16(0x0102);
  w.u16(0x0304);
  w.u8(5);
  EXPECT_EQ(w.length(), 0u);
  EXPECT_EQ(hex_of(out), "010200");
}

TEST(Bytes, WholeBuffersAreReadAndWritten) {
  std::array<uint8_t, 26> out{};
  Writer w(out);
  w.u8(1);
  w.u16(2);
  w.u24(3);
  w.u32(4);
  w.u48(5);
  w.u64(6);
  w.zeros(1);
  w.bytes(from_hex("07"));
  EXPECT_EQ(w.length(), out.size());
  Reader r(out);
  EXPECT_EQ(r.u8(), 1);
  EXPECT_EQ(r.u16(), 2);
  EXPECT_EQ(r.u24(), 3u);
  EXPECT_EQ(r.u32(), 4u);
  EXPECT_EQ(r.u48(), 5u);
  EXPECT_EQ(r.u64(), 6u);
  r.skip(1);
  EXPECT_EQ(hex_of(r.rest()), "07");
  EXPECT_TRUE(r.ok());
  EXPECT_EQ(r.remaining(), 0u);
}

}  // namespace
}  // namespace sluice::wire
