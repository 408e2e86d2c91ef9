// What DPDK says while nobody listens for it in particular is in the daemon's log.
#include "dataplane/port/dpdk_log.h"

#include <gtest/gtest.h>
#include <rte_log.h>

#include <algorithm>

#include "common/log/log.h"
#include "dataplane/port/driver_log.h"

namespace sluice::dataplane {
namespace {

// DPDK says all it has to say meanwhile.
std::string said(void (*speak)()) {
  const uint32_t level = rte_log_get_global_level();
  rte_log_set_global_level(RTE_LOG_DEBUG);
  testing::internal::CaptureStderr();
  speak();
  rte_log_set_global_level(level);
  return testing::internal::GetCapturedStderr();
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(DpdkLog, is_lines_of_the_daemons_own) {
  route_dpdk_log();
  const std::string text = said([] {
    rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: cannot \"map\"\nmemory\n");
    rte_log(RTE_LOG_WARNING, RTE_LOGTYPE_EAL, "in ");
    rte_log(RTE_LOG_WARNING, RTE_LOGTYPE_EAL, "pieces\n");
  });
  EXPECT_EQ(lines_of(text), 3U) << text;
  for (const char* line :
       {R"(Z error dpdk says text="EAL: cannot \"map\"")", "Z error dpdk says text=memory\n",
        "Z warning dpdk says text=\"in pieces\"\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " is missing in " << text;
  }
}

TEST(DpdkLog, has_its_level) {
  route_dpdk_log();
  log::set_level("error");
  const std::string text = said([] {
    rte_log(RTE_LOG_WARNING, RTE_LOGTYPE_EAL, "a warning\n");
    rte_log(RTE_LOG_CRIT, RTE_LOGTYPE_EAL, "worse\n");
  });
  log::set_level("info");
  EXPECT_EQ(lines_of(text), 1U) << text;
  EXPECT_NE(text.find(" error dpdk says text=worse\n"), std::string::npos) << text;
}

TEST(DpdkLog, goes_to_who_catches_it_meanwhile) {
  route_dpdk_log();
  const std::string text = said([] {
    {
      DriverLog log;
      rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "the cause\nand more\n");
      EXPECT_EQ(log.first_line(), "the cause");
    }
    rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "later\n");
  });
  EXPECT_EQ(lines_of(text), 1U) << text;
  EXPECT_NE(text.find("text=later\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace sluice::dataplane
