// The form of a line, and what keeps it one line.
#include "common/log/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

namespace sluice::log {
namespace {

// What is said while it lives, at this level.
class Said {
 public:
  explicit Said(const char* level) {
    EXPECT_TRUE(set_level(level));
    testing::internal::CaptureStderr();
  }
  ~Said() { set_level("info"); }
  std::vector<std::string> lines() {
    std::istringstream text(testing::internal::GetCapturedStderr());
    std::vector<std::string> all;
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }
};

std::string without_time(const std::string& line) {
  return line.substr(std::min(line.size(), line.find(' ')));
}

TEST(Log, a_line_is_time_level_area_message_and_fields) {
  Said said("info");
  warning("area", "some event", {{"count", 3}, {"name", "media0"}, {"text", "two words"}});
  const auto lines = said.lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(std::regex_match(
      lines[0],
      std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning area some event count=3 )"
                 R"(name=media0 text="two words")")))
      << lines[0];
}

TEST(Log, an_event_stays_a_line_whatever_is_in_it) {
  Said said("info");
  info("test", "event", {{"text", "a \"b\"\\\n2026-01-01T00:00:00.000Z error x y\x7f"}, {"n", -1}});
  info("test", "event", {{"text", ""}});
  const auto lines = said.lines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(without_time(lines[0]),
            R"( info test event text="a \"b\"\\\x0a2026-01-01T00:00:00.000Z error x y\x7f" n=-1)");
  EXPECT_EQ(without_time(lines[1]), " info test event text=\"\"");
}

TEST(Log, what_is_below_the_level_is_not_said) {
  const struct {
    const char* level;
    std::size_t lines;
  } cases[] = {{"error", 1}, {"warning", 2}, {"info", 3}, {"debug", 4}};
  for (const auto& c : cases) {
    Said said(c.level);
    error("test", "e");
    warning("test", "w");
    info("test", "i");
    debug("test", "d");
    EXPECT_EQ(said.lines().size(), c.lines) << c.level;
  }
}

TEST(Log, a_level_without_a_name_changes_nothing) {
  Said said("warning");
  for (const char* name : {"", "warn", "Info", "debug "}) EXPECT_FALSE(set_level(name)) << name;
  info("test", "not at this level");
  EXPECT_TRUE(said.lines().empty());
}

TEST(Log, lines_of_several_threads_do_not_mix) {
  constexpr int threads = 4, each = 500;
  Said said("info");
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([t] {
      for (int i = 0; i < each; ++i) info("test", "event", {{"thread", t}, {"i", i}});
    });
  }
  for (std::thread& t : all) t.join();
  const auto lines = said.lines();
  ASSERT_EQ(lines.size(), std::size_t{threads} * each);
  const std::regex form(R"( info test event thread=\d i=\d+)");
  for (const std::string& line : lines) {
    EXPECT_TRUE(std::regex_match(without_time(line), form)) << line;
  }
}

}  // namespace
}  // namespace sluice::log
