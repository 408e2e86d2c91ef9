#include "controlplane/signaling/ice_servers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice::signaling {
namespace {

struct SecretFile {
  explicit SecretFile(const std::string& text) { std::ofstream(path) << text; }
  ~SecretFile() { std::filesystem::remove(path); }
  const std::string path = testing::TempDir() + "turn-secret-" + std::to_string(getpid());
};

TEST(IceServers, credentialsAreWhatATurnServerComputesFromTheSecret) {
  const SecretFile file("north-pole-secret-0123\r\n");
  const auto servers = IceServers::load({{"turn:turn.example.org:3478"}, file.path, 86'400});
  ASSERT_TRUE(servers.ok()) << servers.error().message;
  const auto list = servers->for_participant("ada", 1'700'000'000);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["urls"], nlohmann::json({"turn:turn.example.org:3478"}));
  EXPECT_EQ(list[0]["username"], "1700086400:ada");
  // printf 1700086400:ada | openssl dgst -sha1 -hmac north-pole-secret-0123 -binary | base64
  EXPECT_EQ(list[0]["credential"], "ah9n3D7oRD8w9XdYb0on2x8YjZQ=");
}

TEST(IceServers, whoSpeaksHttpIsToldOfEachInALinkOfItsOwn) {
  const SecretFile file("north-pole-secret-0123\n");
  const auto servers = IceServers::load(
      {{"turn:turn.example.org:3478", "turns:turn.example.org?transport=tcp"}, file.path, 86'400});
  ASSERT_TRUE(servers.ok()) << servers.error().message;
  const std::string attributes =
      "; rel=\"ice-server\"; username=\"1700086400:ada\"; "
      "credential=\"ah9n3D7oRD8w9XdYb0on2x8YjZQ=\"; credential-type=\"password\"";
  EXPECT_EQ(servers->links_for("ada", 1'700'000'000),
            (std::vector<std::string>{"<turn:turn.example.org:3478>" + attributes,
                                      "<turns:turn.example.org?transport=tcp>" + attributes}));
}

TEST(IceServers, withoutServersTheSecretIsNotAskedFor) {
  const auto servers = IceServers::load({{}, "/nonexistent", 86'400});
  ASSERT_TRUE(servers.ok());
  EXPECT_TRUE(servers->for_participant("ada", 1).empty());
  EXPECT_TRUE(servers->links_for("ada", 1).empty());
}

TEST(IceServers, aSecretThatIsMissingOrShortIsRefusedByTheNameOfItsFile) {
  const auto missing = IceServers::load({{"turn:a:1"}, "/nonexistent", 86'400});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message,
            "/nonexistent: cannot read the secret of the TURN servers from it");
  const SecretFile file("short\n");
  const auto weak = IceServers::load({{"turn:a:1"}, file.path, 86'400});
  ASSERT_FALSE(weak.ok());
  EXPECT_EQ(
      weak.error().message,
      file.path + ": the secret of the TURN servers has at least 16 characters, on the first line");
}

}  // namespace
}  // namespace sluice::signaling
