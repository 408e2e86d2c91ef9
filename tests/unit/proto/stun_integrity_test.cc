#include "common/proto/stun_integrity.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/unit/wire/hex.h"

namespace sluice::proto {
namespace {

// Counts what libcrypto takes from the heap. It lets its allocator be set only before its first
// use, so this runs before main.
std::size_t crypto_allocations = 0;
const bool counting = CRYPTO_set_mem_functions(
                          [](std::size_t n, const char*, int) {
                            crypto_allocations++;
                            return std::malloc(n);
                          },
                          [](void* p, std::size_t n, const char*, int) {
                            crypto_allocations++;
                            return std::realloc(p, n);
                          },
                          [](void* p, const char*, int) { std::free(p); }) == 1;

constexpr const char* password = "VOkJxbRl1RmTxUk/WvJxBt";

// RFC 5769 s2.1 to s2.3.
const char* const samples[] = {
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001"
    "ff"
    "80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f2"
    "49"
    "c1b571a280280004e57a3bcf",
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a6"
    "43"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9"
    "fa"
    "a5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c",
};

wire::ByteView bytes_of(const std::string& s) {
  return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}

TEST(HmacSha1, Rfc2202Vectors) {
  const std::vector<uint8_t> key20(20, 0x0b), key80(80, 0xaa);
  EXPECT_EQ(hex_of(hmac_sha1(key20, bytes_of("Hi There"), {})),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(
      hex_of(hmac_sha1(bytes_of("Jefe"), bytes_of("what do ya want "), bytes_of("for nothing?"))),
      "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hex_of(hmac_sha1(
                key80, bytes_of("Test Using Larger Than Block-Size Key - Hash Key First"), {})),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(StunIntegrity, Rfc5769MessagesVerify) {
  for (const char* sample : samples) {
    const auto bytes = from_hex(sample);
    const auto message = wire::parse_stun(bytes);
    ASSERT_TRUE(message);
    EXPECT_TRUE(verify_integrity(*message, password));
    EXPECT_FALSE(verify_integrity(*message, "VOkJxbRl1RmTxUk/WvJxBu"));
    EXPECT_FALSE(verify_integrity(*message, ""));
  }
}

TEST(StunIntegrity, AnyChangedBitInWhatIsCoveredFails) {
  const auto original = from_hex(samples[0]);
  const std::size_t covered = wire::parse_stun(original)->integrity_offset;
  for (std::size_t at = 0; at < covered; at++) {
    for (int bit = 0; bit < 8; bit++) {
      auto bytes = original;
      bytes[at] = static_cast<uint8_t>(bytes[at] ^ 1 << bit);
      const auto message = wire::parse_stun(bytes);
      EXPECT_FALSE(message && verify_integrity(*message, password)) << at << " " << bit;
    }
  }
}

TEST(StunIntegrity, AMessageWithoutItDoesNotVerify) {
  std::array<uint8_t, 64> out;
  wire::StunWriter w(out, wire::StunType::binding_request, {});
  w.add_username("a:b");
  const auto message = wire::parse_stun(wire::ByteView(out).first(w.finish()));
  ASSERT_TRUE(message);
  EXPECT_FALSE(verify_integrity(*message, ""));
}

TEST(StunIntegrity, WhatIsFinishedVerifiesAndTruncatedRoomGivesNothing) {
  SocketAddress mapped;
  mapped.ip.family = 4;
  mapped.ip.bytes = {192, 0, 2, 1};
  mapped.port = 32853;
  const auto write = [&](std::size_t room) {
    std::vector<uint8_t> out(room);
    wire::StunWriter w(out, wire::StunType::binding_success, {1, 2, 3});
    w.add_xor_mapped_address(mapped);
    out.resize(finish_with_integrity(w, password));
    return out;
  };
  const auto bytes = write(128);
  ASSERT_EQ(bytes.size(), 20u + 12 + 24 + 8);
  const auto message = wire::parse_stun(bytes);
  ASSERT_TRUE(message);
  EXPECT_TRUE(verify_integrity(*message, password));
  EXPECT_TRUE(message->fingerprint_ok());
  EXPECT_EQ(message->xor_mapped_address(), mapped);
  for (std::size_t room = 0; room < bytes.size(); room++) EXPECT_TRUE(write(room).empty()) << room;
}

TEST(StunIntegrity, TakesNothingFromTheHeap) {
  ASSERT_TRUE(counting);
  const auto bytes = from_hex(samples[0]);
  const auto message = wire::parse_stun(bytes);
  std::array<uint8_t, 128> out;
  const std::size_t before = crypto_allocations;
  EXPECT_TRUE(verify_integrity(*message, password));
  wire::StunWriter w(out, wire::StunType::binding_success, message->transaction_id());
  EXPECT_NE(finish_with_integrity(w, password), 0u);
  EXPECT_EQ(crypto_allocations, before);
}

}  // namespace
}  // namespace sluice::proto
