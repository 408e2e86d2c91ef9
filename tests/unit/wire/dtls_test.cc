#include "common/wire/dtls.h"

#include <gtest/gtest.h>

#include "tests/unit/wire/hex.h"

namespace sluice::wire {
namespace {

constexpr const char* client_hello =
    "16feff 0000 000000000005 0010 01000004 0000 000000 000004 fefd0000";
constexpr const char* encrypted = "17fefd 0001 000000000007 0003 aabbcc";

TEST(Dtls, SplitsADatagramIntoRecords) {
  const auto b = from_hex(std::string(client_hello) + encrypted);
  DtlsReader reader(b);
  DtlsRecord r;
  ASSERT_TRUE(reader.next(r));
  EXPECT_EQ(r.type(), DtlsContentType::handshake);
  EXPECT_EQ(r.epoch(), 0);
  EXPECT_EQ(r.seq(), 5u);
  EXPECT_EQ(r.fragment().size(), 16u);
  ASSERT_TRUE(reader.next(r));
  EXPECT_EQ(r.type(), DtlsContentType::application_data);
  EXPECT_EQ(r.version(), 0xfefd);
  EXPECT_EQ(r.epoch(), 1);
  EXPECT_EQ(hex_of(r.fragment()), "aabbcc");
  EXPECT_FALSE(reader.next(r));
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(is_dtls(b));
}

TEST(Dtls, KnowsAClientHello) {
  auto b = from_hex(client_hello);
  EXPECT_TRUE(is_client_hello(b));
  b[13] = 2;
  EXPECT_FALSE(is_client_hello(b)) << "ServerHello";
  EXPECT_FALSE(is_client_hello(from_hex(encrypted)));
  EXPECT_FALSE(is_client_hello(
      from_hex("16fefd 0001 000000000005 0010 01000004 0000 000000 000004 fefd0000")))
      << "encrypted handshake";
}

TEST(Dtls, RefusesBrokenRecords) {
  EXPECT_FALSE(is_dtls({}));
  EXPECT_FALSE(is_dtls(from_hex("17fefd 0001 000000000007 0004 aabbcc")))
      << "length beyond the bytes";
  EXPECT_FALSE(is_dtls(from_hex("170303 0001 000000000007 0003 aabbcc"))) << "TLS version";
  EXPECT_FALSE(is_dtls(from_hex(std::string(encrypted) + "17"))) << "a second record cut short";
}

}  // namespace
}  // namespace sluice::wire
