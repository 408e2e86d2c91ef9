#include "tools/sluicectl/text_table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "common/base/time.h"

namespace sluice::ctl {
namespace {

TEST(TextTable, aligns_columns) {
  TextTable table({"name", ">n", "unit"});
  table.add({"a", "1", "x"});
  table.add({"longer", "1'000", ""});
  std::ostringstream out;
  out << table;
  EXPECT_EQ(out.str(),
            "name        n  unit\n"
            "a           1  x\n"
            "longer  1'000\n");
}

TEST(TextTable, groups_digits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1'000");
  EXPECT_EQ(grouped(~uint64_t{0}), "18'446'744'073'709'551'615");
  EXPECT_EQ(grouped_signed(-1'234), "-1'234");
  EXPECT_EQ(grouped_signed(INT64_MIN), "-9'223'372'036'854'775'808");
}

TEST(TextTable, says_ages_as_people_do) {
  EXPECT_EQ(age_text(-1), "never");
  EXPECT_EQ(age_text(0), "0 ms");
  EXPECT_EQ(age_text(3 * ns_per_ms), "3 ms");
  EXPECT_EQ(age_text(90 * ns_per_s), "90.0 s");
  EXPECT_EQ(age_text(600 * ns_per_s), "10 min");
  EXPECT_EQ(age_text(10'800 * ns_per_s), "3 h");
  EXPECT_EQ(age_text(864'000 * ns_per_s), "10 days");
}

TEST(TextTable, scales_by_thousands) {
  EXPECT_EQ(scaled(0), "0.00 ");
  EXPECT_EQ(scaled(1'500), "1.50 k");
  EXPECT_EQ(scaled(99'900'000'000.0), "99.9 G");
}

}  // namespace
}  // namespace sluice::ctl
