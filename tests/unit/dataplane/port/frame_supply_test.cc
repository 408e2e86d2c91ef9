#include "dataplane/port/frame_supply.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "common/base/assert.h"
#include "tests/unit/dataplane/ring_port.h"

namespace sluice::test {
namespace {

constexpr std::size_t batch = 64;

dataplane::MbufPools make_pools() {
  start_eal_once();
  auto pools = dataplane::MbufPools::create(1, 4'095);
  SLUICE_ASSERT(pools.ok());
  return std::move(*pools);
}

class FrameSupply : public testing::Test {
 protected:
  // Takes a batch; what it takes is in flight.
  bool send() {
    std::array<rte_mbuf*, batch> out{};
    if (!supply.take(out)) return false;
    in_flight.insert(in_flight.end(), out.begin(), out.end());
    seen.insert(out.begin(), out.end());
    return true;
  }
  // The port gives back what it was given first.
  void complete(std::size_t n) {
    for (; n != 0 && !in_flight.empty(); --n) {
      rte_pktmbuf_free(in_flight.front());
      in_flight.pop_front();
    }
  }

  dataplane::MbufPools pools = make_pools();
  rte_mempool* pool = pools.transmit(0);
  const unsigned all = rte_mempool_avail_count(pool);
  dataplane::FrameSupply supply{pool};
  std::deque<rte_mbuf*> in_flight;
  std::set<rte_mbuf*> seen;
};

TEST_F(FrameSupply, lets_few_go_round_however_large_the_pool) {
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_TRUE(send());
    if (in_flight.size() > 1'000) complete(batch);
  }
  EXPECT_LT(seen.size(), 2'200);
  complete(all);
}

TEST_F(FrameSupply, keeps_the_order_of_addresses) {
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(send());
  EXPECT_TRUE(std::ranges::is_sorted(in_flight));
  complete(all);
}

TEST_F(FrameSupply, gives_all_of_the_pool_when_all_is_wanted) {
  std::size_t sent = 0;
  while (send()) ++sent;
  EXPECT_EQ(sent, all / batch);
  EXPECT_EQ(seen.size(), sent * batch);
  std::size_t single = 0;
  while (rte_mbuf* m = supply.take_one()) {
    ++single;
    in_flight.push_back(m);
  }
  EXPECT_EQ(single, all % batch);
  complete(all);
  EXPECT_TRUE(send());
  complete(all);
}

TEST_F(FrameSupply, returns_to_few_after_many) {
  while (send()) {
  }
  complete(all);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(send());
    complete(batch);
  }
  seen.clear();
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(send());
    complete(batch);
  }
  EXPECT_LT(seen.size(), 1'500);
}

TEST(FrameSupplyEnd, leaves_the_pool_whole) {
  const dataplane::MbufPools pools = make_pools();
  rte_mempool* pool = pools.transmit(0);
  const unsigned all = rte_mempool_avail_count(pool);
  {
    dataplane::FrameSupply supply(pool);
    EXPECT_LT(rte_mempool_avail_count(pool), all);
  }
  EXPECT_EQ(rte_mempool_avail_count(pool), all);
}

}  // namespace
}  // namespace sluice::test
