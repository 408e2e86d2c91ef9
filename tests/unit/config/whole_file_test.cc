// The file as a whole: unreadable ones, and how several mistakes are reported together.
#include <gtest/gtest.h>

#include <algorithm>

#include "common/config/config.h"
#include "common/config/faults.h"

namespace sluice::config {
namespace {

TEST(WholeFile, a_missing_one_is_named_with_its_reason) {
  const auto config = load_file("/nonexistent/sluice.yaml");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().message,
            "/nonexistent/sluice.yaml: cannot be opened: No such file or directory; name a YAML "
            "file like "
            "conf/sluice.yaml");
}

TEST(WholeFile, a_directory_is_none) {
  const auto config = load_file("/");
  ASSERT_FALSE(config.ok());
  EXPECT_NE(config.error().message.find("/: cannot be read: Is a directory"), std::string::npos);
}

TEST(WholeFile, an_endless_one_is_refused) {
  const auto config = load_file("/dev/zero");
  ASSERT_FALSE(config.ok());
  EXPECT_NE(config.error().message.find("larger than 1 MiB"), std::string::npos);
}

TEST(WholeFile, an_empty_one_lacks_its_ports) {
  const auto config = load_text("", "empty.yaml");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().message.rfind("empty.yaml: dataplane.ports: is missing", 0), 0U)
      << config.error().message;
}

TEST(WholeFile, all_mistakes_are_reported_in_the_order_of_the_file) {
  const auto config = load_text(
      "control: {dtls_threads: 0}\n"
      "capacities: {tracks: 0, streams: x}\n"
      "dataplane: {mtu: 1, ports: [{name: a, device: net_null0, addresses: [192.0.2.1/24]}]}\n",
      "f.yaml");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().message,
            "f.yaml:1:25: control.dtls_threads: \"0\" is out of range; needs 1 to 64\n"
            "f.yaml:2:22: capacities.tracks: \"0\" is out of range; needs 1 to 16777216\n"
            "f.yaml:2:34: capacities.streams: is \"x\"; needs a whole number, 1 to 16777216\n"
            "f.yaml:3:13: dataplane: unknown key \"mtu\"; known here: workers, idle, hugepages, "
            "memory_mib, "
            "srtp_engine, udp_port_base, mbufs_per_worker, track_log, key_frame_interval_ms, "
            "stage_counters, "
            "log_level or ports");
}

TEST(WholeFile, many_mistakes_are_cut) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "key" + std::to_string(i) + ": 1\n";
  const auto config = load_text(text, "f.yaml");
  ASSERT_FALSE(config.ok());
  const std::string& m = config.error().message;
  EXPECT_EQ(std::count(m.begin(), m.end(), '\n'), static_cast<long>(faults_reported_max));
  EXPECT_NE(m.find("f.yaml: and 11 more"), std::string::npos) << m;
}

TEST(WholeFile, what_was_typed_is_shown_on_one_line) {
  EXPECT_EQ(quote("a\nb"), "\"a?b\"");
  EXPECT_EQ(quote(std::string(100, 'x')), '"' + std::string(60, 'x') + "...\"");
}

TEST(WholeFile, an_anchor_that_contains_itself_is_no_harm) {
  const auto config = load_text("control: &a\n  listen: *a\n", "f.yaml");
  EXPECT_FALSE(config.ok());
}

}  // namespace
}  // namespace sluice::config
