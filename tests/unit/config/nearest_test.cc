#include "common/config/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace sluice::config {
namespace {

TEST(Nearest, counts_slips_of_the_fingers) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("cores", "cores"), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("croes", "cores"), 1U);   // swapped
  EXPECT_EQ(edit_distance("core", "cores"), 1U);    // missing
  EXPECT_EQ(edit_distance("coress", "cores"), 1U);  // doubled
  EXPECT_EQ(edit_distance("cokes", "cores"), 1U);   // another
  EXPECT_EQ(edit_distance("VP8", "vp8"), 0U);       // case
}

TEST(Nearest, finds_the_word_that_was_meant_or_none) {
  constexpr std::array<std::string_view, 3> words = {"memory_mib", "hugepages", "mtu"};
  EXPECT_EQ(nearest("memroy_mib", words), "memory_mib");
  EXPECT_EQ(nearest("huge_pages", words), "hugepages");
  EXPECT_EQ(nearest("huge", words), "hugepages");
  EXPECT_EQ(nearest("quite_something_else", words), "");
  EXPECT_EQ(nearest(std::string(10'000, 'm'), words), "");
}

TEST(Nearest, lists_words_as_a_sentence) {
  constexpr std::array<std::string_view, 3> words = {"a", "b", "c"};
  EXPECT_EQ(one_of(words), "a, b or c");
  EXPECT_EQ(one_of(std::span(words).first(1)), "a");
}

}  // namespace
}  // namespace sluice::config
