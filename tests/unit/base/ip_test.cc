#include "common/base/ip.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Ip, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(to_string(*parse_ip("192.0.2.1")), "192.0.2.1");
  EXPECT_EQ(to_string(*parse_ip("2001:db8::1")), "2001:db8::1");
  EXPECT_EQ(to_string(SocketAddress{*parse_ip("2001:db8::1"), 5000, 0}), "[2001:db8::1]:5000");
}

TEST(Ip, NamesWhatItCannotRead) {
  const auto r = parse_ip("192.0.2.256");
  ASSERT_FALSE(r.ok());
  EXPECT_NE(r.error().message.find("192.0.2.256"), std::string::npos);
}

}  // namespace
}  // namespace sluice
