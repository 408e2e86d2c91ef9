#include "common/config/daemon_options.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::config {
namespace {

Result<DaemonOptions> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "sluice-dataplane");
  std::vector<char*> argv;
  for (auto& w : words) argv.push_back(w.data());
  return parse_daemon_options(static_cast<int>(argv.size()), argv.data(), "group");
}

TEST(DaemonOptionsTest, TakeAConfigurationAndAnAccount) {
  const auto o = parse({"--config", "/tmp/a.yaml", "--group", "sluice"});
  ASSERT_TRUE(o.ok());
  EXPECT_EQ(o->config_file, "/tmp/a.yaml");
  EXPECT_EQ(o->account, "sluice");
  EXPECT_EQ(parse({})->config_file, "/etc/sluice/sluice.yaml");
  EXPECT_TRUE(parse({"--version"})->version);
  EXPECT_TRUE(parse({"--help"})->help);
}

TEST(DaemonOptionsTest, NameWhatIsWrong) {
  for (const char* wrong : {"--nonsense", "stray", "--config", "--user"}) {
    const auto o = parse({wrong});
    ASSERT_FALSE(o.ok());
    EXPECT_NE(o.error().message.find(wrong), std::string::npos) << o.error().message;
  }
}

}  // namespace
}  // namespace sluice::config
