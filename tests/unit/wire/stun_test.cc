#include "common/wire/stun.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/wire/hex.h"
#include "tests/unit/wire/samples.h"

namespace sluice::wire {
namespace {

std::vector<uint8_t> sample(std::string_view name) {
  for (auto& s : wire_samples()) {
    if (s.format == "stun" && s.name == name) return s.bytes;
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(Stun, Rfc5769Request) {
  const auto b = sample("rfc5769_request");
  const auto v = parse_stun(b);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->type(), StunType::binding_request);
  EXPECT_EQ(hex_of(v->transaction_id()), "b7e7a701bc34d686fa87dfae");
  EXPECT_EQ(v->username(), "evtj:h6vY");
  EXPECT_EQ(v->priority(), 0x6e0001ffu);
  EXPECT_EQ(v->ice_controlled(), 0x932ff9b151263b36u);
  EXPECT_FALSE(v->ice_controlling());
  EXPECT_FALSE(v->use_candidate);
  EXPECT_EQ(v->unknown_count, 0);
  EXPECT_TRUE(v->fingerprint_ok());
  ASSERT_TRUE(v->has_integrity());
  EXPECT_EQ(hex_of(v->integrity()), "9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2");
  const auto in = v->integrity_input();
  EXPECT_EQ(load_be16(in.header.data() + 2), 80) << "counts MESSAGE-INTEGRITY, not FINGERPRINT";
  EXPECT_EQ(in.attributes.size(), 56u);
}

TEST(Stun, Rfc5769Responses) {
  const auto b4 = sample("rfc5769_response4"), b6 = sample("rfc5769_response6");
  const auto v4 = parse_stun(b4), v6 = parse_stun(b6);
  ASSERT_TRUE(v4 && v6);
  EXPECT_EQ(v4->type(), StunType::binding_success);
  EXPECT_EQ(to_string(*v4->xor_mapped_address()), "192.0.2.1:32853");
  EXPECT_EQ(to_string(*v6->xor_mapped_address()), "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
  EXPECT_TRUE(v4->fingerprint_ok() && v6->fingerprint_ok());
}

TEST(Stun, ReadsANomination) {
  const auto b = sample("nominating");
  const auto v = parse_stun(b);
  ASSERT_TRUE(v);
  EXPECT_TRUE(v->use_candidate);
  EXPECT_EQ(v->ice_controlling(), 0x1122334455667788u);
  EXPECT_EQ(v->priority(), 1853817087u);
  EXPECT_TRUE(v->fingerprint_ok());
  const auto u = parse_ice_username(v->username());
  ASSERT_TRUE(u);
  EXPECT_EQ(u->receiver_ufrag, "abcd");
  EXPECT_EQ(u->sender_ufrag, "efgh");
}

TEST(Stun, ReadsAnError) {
  const auto b = sample("error");
  const auto v = parse_stun(b);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->error_code(), 420);
}

TEST(Stun, ListsWhatItMustUnderstandAndDoesNot) {
  const auto b = sample("unknown_attributes");
  const auto v = parse_stun(b);
  ASSERT_TRUE(v);
  ASSERT_EQ(v->unknown_count, 2);
  EXPECT_EQ(v->unknown[0], 0x0030);
  EXPECT_EQ(v->unknown[1], 0x7fff);
}

TEST(Stun, AFlippedBitBreaksTheFingerprint) {
  const auto original = sample("rfc5769_request");
  for (std::size_t at = 0; at < original.size() - 8; at++) {
    auto b = original;
    b[at] ^= 0x04;
    const auto v = parse_stun(b);
    EXPECT_FALSE(v && v->fingerprint_ok()) << at;
  }
}

TEST(Stun, AttributesBehindTheIntegrityDoNotCount) {
  std::array<uint8_t, 128> out;
  StunWriter w(out, StunType::binding_request, {});
  w.add_username("a:b");
  (void)w.begin_integrity();
  w.add(StunAttribute::use_candidate, {});
  w.add_username("c:d");
  const auto v = parse_stun(ByteView(out).first(w.finish()));
  ASSERT_TRUE(v);
  EXPECT_EQ(v->username(), "a:b");
  EXPECT_FALSE(v->use_candidate);
}

TEST(Stun, TheFirstOfTwoCounts) {
  std::array<uint8_t, 128> out;
  StunWriter w(out, StunType::binding_request, {});
  w.add_username("a:b");
  w.add_username("longer:name");
  w.add_u32(StunAttribute::priority, 1);
  w.add_u32(StunAttribute::priority, 2);
  const auto v = parse_stun(ByteView(out).first(w.finish()));
  ASSERT_TRUE(v);
  EXPECT_EQ(v->username(), "a:b");
  EXPECT_EQ(v->priority(), 1u);
}

TEST(Stun, RefusesWhatIsNotOne) {
  struct Row {
    const char* why;
    const char* hex;
  };
  const Row rows[] = {
      {"first bits not zero", "400100002112a442000000000000000000000000"},
      {"another cookie", "000100002112a443000000000000000000000000"},
      {"length beyond the bytes", "000100042112a442000000000000000000000000"},
      {"bytes beyond the length", "000100002112a44200000000000000000000000000060000"},
      {"length not a multiple of four", "000100022112a4420000000000000000000000000000"},
      {"attribute over the end", "000100042112a44200000000000000000000000000060001"},
      {"priority of two bytes", "000100082112a44200000000000000000000000000240002aabb0000"},
      {"use-candidate with a value", "000100082112a4420000000000000000000000000025000400000000"},
      {"integrity of four bytes", "000100082112a4420000000000000000000000000008000400000000"},
      {"something behind the fingerprint",
       "0001000c2112a4420000000000000000000000008028000400000000 80220000"},
  };
  for (const auto& row : rows) EXPECT_FALSE(parse_stun(from_hex(row.hex))) << row.why;
}

TEST(Stun, UsernamesWithoutTwoFragments) {
  EXPECT_FALSE(parse_ice_username(""));
  EXPECT_FALSE(parse_ice_username("abcd"));
  EXPECT_FALSE(parse_ice_username(":abcd"));
  EXPECT_TRUE(parse_ice_username("abcd:"));
}

TEST(Stun, AWriterWithoutRoomGivesNothing) {
  for (std::size_t room = 0; room < 80; room++) {
    std::vector<uint8_t> out(room);
    StunWriter w(out, StunType::binding_error, {});
    w.add_error_code(487, "Role Conflict");
    w.add_username("a:b");
    w.add_fingerprint();
    const std::size_t length = w.finish();
    if (room < 20 + 8 + 16 + 8 + 8) {
      EXPECT_EQ(length, 0u) << room;
    } else {
      ASSERT_EQ(length, 60u);
      const auto v = parse_stun(ByteView(out).first(length));
      ASSERT_TRUE(v);
      EXPECT_EQ(v->error_code(), 487);
      EXPECT_TRUE(v->fingerprint_ok());
    }
  }
}

}  // namespace
}  // namespace sluice::wire
