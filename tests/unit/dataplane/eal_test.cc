#include "dataplane/eal.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::dataplane {
namespace {

std::string joined(const std::vector<std::string>& args) {
  std::string all;
  for (const auto& a : args) all += a + " ";
  return all;
}

config::Dataplane config_on(std::vector<uint32_t> cores, const std::string& device) {
  config::Dataplane c;
  c.cores = std::move(cores);
  c.memory_mib = 256;
  config::Port p;
  p.name = "media";
  p.device = device;
  c.ports = {p};
  return c;
}

TEST(EalArguments, PinOneLcorePerWorkerAndKeepTheMainThreadOffTheirCores) {
  const auto args = joined(eal_arguments(config_on({2, 3}, "net_tap0"), "a", {0, 1, 2, 3}, true));
  EXPECT_NE(args.find("--lcores=0@(0,1),1@2,2@3 "), std::string::npos) << args;
  EXPECT_EQ(args.find("--no-huge"), std::string::npos);
  EXPECT_NE(args.find("-m 256 "), std::string::npos);
  EXPECT_NE(args.find("--in-memory "), std::string::npos);
}

TEST(EalArguments, ShareACoreWhenWorkersHaveAllOfThem) {
  const auto args = joined(eal_arguments(config_on({0, 1}, "net_tap0"), "a", {0, 1}, false));
  EXPECT_NE(args.find("--lcores=0@(0,1),1@0,2@1 "), std::string::npos) << args;
  EXPECT_NE(args.find("--no-huge "), std::string::npos);
}

TEST(EalArguments, ScanThePciBusOnlyForPciPorts) {
  const auto with = joined(eal_arguments(config_on({0}, "0000:03:00.1"), "a", {0}, true));
  EXPECT_NE(with.find("-a 0000:03:00.1 "), std::string::npos) << with;
  EXPECT_EQ(with.find("--no-pci"), std::string::npos);
  const auto without = joined(eal_arguments(config_on({0}, "net_tap0"), "a", {0}, true));
  EXPECT_NE(without.find("--no-pci "), std::string::npos);
}

TEST(Eal, RefusesACoreThatTheProcessMayNotUse) {
  const auto status = start_eal(config_on({100'000}, "net_tap0"), "a");
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("core 100000"), std::string::npos);
}

}  // namespace
}  // namespace sluice::dataplane
