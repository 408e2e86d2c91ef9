#include "dataplane/port/mbuf_pools.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <cstring>
#include <vector>

#include "tests/unit/dataplane/ring_port.h"

namespace sluice::dataplane {
namespace {

class MbufPoolsTest : public testing::Test {
 protected:
  MbufPoolsTest() { test::start_eal_once(); }
};

// Every buffer there is, each written to its end, none over another.
void expect_whole(rte_mempool* pool, uint32_t buffers, uint32_t room) {
  std::vector<rte_mbuf*> all(buffers);
  ASSERT_EQ(rte_pktmbuf_alloc_bulk(pool, all.data(), buffers), 0);
  EXPECT_EQ(rte_pktmbuf_alloc(pool), nullptr) << "one more than was asked for";
  for (uint32_t i = 0; i < buffers; ++i) {
    ASSERT_EQ(rte_pktmbuf_tailroom(all[i]), room);
    std::memset(rte_pktmbuf_append(all[i], static_cast<uint16_t>(room)), static_cast<int>(i & 0xff),
                room);
  }
  for (uint32_t i = 0; i < buffers; ++i) {
    const auto* bytes = rte_pktmbuf_mtod(all[i], const uint8_t*);
    ASSERT_EQ(bytes[0], i & 0xff) << "buffer " << i;
    ASSERT_EQ(bytes[room - 1], i & 0xff) << "buffer " << i;
    ASSERT_EQ(all[i]->pool, pool);
    ASSERT_EQ(rte_mbuf_refcnt_read(all[i]), 1);
  }
  rte_pktmbuf_free_bulk(all.data(), buffers);
  EXPECT_EQ(rte_mempool_avail_count(pool), buffers);
}

TEST_F(MbufPoolsTest, GiveAsManyBuffersAsAskedForAndOfThatSize) {
  constexpr uint32_t buffers = 3'000;
  auto pools = MbufPools::create(2, buffers, 1'500);
  ASSERT_TRUE(pools) << pools.error().message;
  for (uint32_t worker = 0; worker < 2; ++worker) {
    expect_whole(pools->receive(worker), buffers, mbuf_data_room);
    expect_whole(pools->transmit(worker), buffers, 1'536);
  }
}

// Whoever is made anew in the same process gets the names and the memory again.
TEST_F(MbufPoolsTest, EndWithTheirOwner) {
  for (int round = 0; round < 3; ++round) {
    auto pools = MbufPools::create(1, 2'000);
    ASSERT_TRUE(pools) << pools.error().message;
  }
}

}  // namespace
}  // namespace sluice::dataplane
