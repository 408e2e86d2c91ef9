// The certificate is made once and kept to oneself.
#include "controlplane/agent/certificate.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace sluice::agent {
namespace {

struct CertificateTest : ::testing::Test {
  CertificateTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-dtls-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    directory = pattern;
  }
  ~CertificateTest() override { std::filesystem::remove_all(directory); }
  std::string directory;
};

TEST_F(CertificateTest, itIsMadeOnceAndReadableByItsOwnerAlone) {
  const std::string state = directory + "/state";
  const auto first = Certificate::load_or_make(state);
  ASSERT_TRUE(first.ok()) << first.error().message;
  const auto second = Certificate::load_or_make(state);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(first->fingerprint(), second->fingerprint());
  EXPECT_EQ(first->fingerprint().digest.size(), 32u);
  struct stat s {};
  ASSERT_EQ(stat((state + "/dtls.pem").c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777, 0600u);
}

TEST_F(CertificateTest, aBrokenFileIsNamed) {
  std::ofstream(directory + "/dtls.pem") << "hello\n";
  const auto c = Certificate::load_or_make(directory);
  ASSERT_FALSE(c.ok());
  EXPECT_NE(c.error().message.find("dtls.pem"), std::string::npos);
}

TEST_F(CertificateTest, aDirectoryThatCannotBeMadeIsNamed) {
  const auto c = Certificate::load_or_make(directory + "/no/such");
  ASSERT_FALSE(c.ok());
  EXPECT_NE(c.error().message.find("/no/such"), std::string::npos);
}

}  // namespace
}  // namespace sluice::agent
