#include "dataplane/flow_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace sluice::dataplane {
namespace {

Flow flow(uint32_t n) {
  Flow f;
  std::memcpy(f.remote_ip.data(), &n, sizeof n);
  f.family = 4;
  return f;
}

TEST(FlowTable, finds_what_was_added_and_nothing_else) {
  FlowTable t(4);
  uint32_t a = no_slot, b = no_slot;
  const uint32_t first = t.add(a, 1, flow(1));
  const uint32_t second = t.add(a, 1, flow(2));
  t.add(b, 2, flow(3));
  EXPECT_EQ(*t.find(flow(1)), 1u);
  EXPECT_EQ(*t.find(flow(2)), 1u);
  EXPECT_EQ(*t.find(flow(3)), 2u);
  EXPECT_EQ(t.find(flow(4)), nullptr);
  EXPECT_EQ(a, first) << "what is selected stays first";
  t.move_to_front(a, second);
  EXPECT_EQ(a, second);
  EXPECT_EQ(t[second].next, first);
  t.clear(a);
  EXPECT_EQ(t.find(flow(1)), nullptr);
  EXPECT_EQ(t.find(flow(2)), nullptr);
  EXPECT_EQ(*t.find(flow(3)), 2u);
}

TEST(FlowTable, every_endpoint_gets_one_flow_whatever_others_took) {
  constexpr uint32_t endpoints = 8;
  FlowTable t(endpoints);
  std::vector<uint32_t> lists(endpoints, no_slot);
  uint32_t n = 0, greedy = 0;
  while (t.add(lists[0], 0, flow(n++)) != no_slot) ++greedy;
  EXPECT_EQ(greedy, endpoints + 1);
  for (uint32_t e = 1; e < endpoints; ++e) {
    ASSERT_NE(t.add(lists[e], e, flow(n++)), no_slot) << e;
    EXPECT_EQ(t.add(lists[e], e, flow(n++)), no_slot) << e;
  }
  t.remove(lists[0], lists[0]);
  EXPECT_NE(t.add(lists[1], 1, flow(n++)), no_slot);
}

TEST(FlowTable, a_disowned_flow_stays_in_its_list_and_may_be_anothers) {
  FlowTable t(4);
  uint32_t a = no_slot, b = no_slot;
  const uint32_t mine = t.add(a, 1, flow(1));
  t.disown(mine);
  EXPECT_EQ(t.find(flow(1)), nullptr);
  const uint32_t theirs = t.add(b, 2, flow(1));
  EXPECT_EQ(*t.find(flow(1)), 2u);
  t.remove(b, theirs);
  t.own(mine, 1);
  EXPECT_EQ(*t.find(flow(1)), 1u);
  t.clear(a);
  EXPECT_EQ(t.find(flow(1)), nullptr);
}

// Against a map, up to the last entry, with many keys of one home.
TEST(FlowTable, agrees_with_a_map_while_it_fills_and_empties) {
  constexpr uint32_t endpoints = 500;
  FlowTable t(endpoints);
  std::vector<uint32_t> lists(endpoints, no_slot);
  std::map<uint32_t, uint32_t> expected;  // flow -> endpoint
  std::mt19937 engine(7);
  const auto random = [&](uint32_t below) { return static_cast<uint32_t>(engine() % below); };
  for (int step = 0; step < 100'000; ++step) {
    const uint32_t n = random(1'500);
    const uint32_t endpoint = random(endpoints);
    const auto known = expected.find(n);
    if (known != expected.end()) {
      t.remove(lists[known->second], t.entry_of(flow(n)));
      expected.erase(known);
    } else if (t.add(lists[endpoint], endpoint, flow(n)) != no_slot) {
      expected[n] = endpoint;
    }
    const uint32_t probe = random(1'500);
    const uint32_t* found = t.find(flow(probe));
    const auto at = expected.find(probe);
    ASSERT_EQ(found != nullptr, at != expected.end()) << "step " << step;
    if (found != nullptr) {
      ASSERT_EQ(*found, at->second);
    }
  }
}

}  // namespace
}  // namespace sluice::dataplane
