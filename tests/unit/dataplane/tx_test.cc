#include "dataplane/tx.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/wire_side.h"

namespace sluice::test {
namespace {

using shm::Counter;

// The transmit ring takes ring_size - 1 frames until somebody takes them out.
constexpr uint32_t ring_size = 128, ring_room = ring_size - 1;

class TxTail : public testing::Test {
 protected:
  rte_mbuf* frame(uint8_t mark) {
    rte_mbuf* m = side.supply.take_one();
    auto* at = reinterpret_cast<uint8_t*>(rte_pktmbuf_append(m, 100));
    std::fill_n(at, 100, mark);
    return m;
  }
  void push(uint32_t n) {
    std::vector<rte_mbuf*> frames;
    for (uint32_t i = 0; i < n; ++i) frames.push_back(frame(next_mark++));
    const std::vector<uint16_t> lengths(n, 100);
    side.tx.send_media(0, frames, lengths, now);
  }
  uint64_t count(Counter c) const { return side.counters[c]; }
  // Marks of the frames sent, checked to follow each other.
  std::size_t take_in_order() {
    const auto frames = rings.take(0);
    for (const auto& f : frames) EXPECT_EQ(f[0], expected_mark++);
    return frames.size();
  }

  RingPort rings{port_config(), 1, ring_size};
  WireSide side{rings, 0};
  uint8_t next_mark = 0, expected_mark = 0;
  TimeNs now = 0;
};

TEST_F(TxTail, SendsInOrderAndCounts) {
  push(100);
  EXPECT_FALSE(side.tx.blocked(0));
  EXPECT_EQ(count(Counter::in_flight), 0u);
  EXPECT_EQ(count(Counter::sent_media), 100u);
  EXPECT_EQ(count(Counter::tx_packets), 100u);
  EXPECT_EQ(count(Counter::tx_bytes), 10'000u);
  EXPECT_EQ(take_in_order(), 100u);
}

TEST_F(TxTail, TellsMediaFromControl) {
  push(3);
  side.tx.push_control(0, frame(next_mark++));
  side.tx.flush(0);
  EXPECT_EQ(count(Counter::sent_media), 3u);
  EXPECT_EQ(count(Counter::tx_control), 1u);
  EXPECT_EQ(take_in_order(), 4u);
}

TEST_F(TxTail, KeepsTheTailOfAFullQueue) {
  push(200);
  side.tx.flush(0);
  EXPECT_TRUE(side.tx.blocked(0));
  EXPECT_EQ(count(Counter::sent_media), ring_room);
  EXPECT_EQ(count(Counter::in_flight), 200 - ring_room);
  EXPECT_EQ(take_in_order(), ring_room);
  side.tx.flush(ns_per_ms);
  EXPECT_FALSE(side.tx.blocked(0));
  EXPECT_EQ(count(Counter::in_flight), 0u);
  EXPECT_EQ(take_in_order(), 200 - ring_room);
  EXPECT_EQ(count(Counter::egress_tx_full), 0u);
}

TEST_F(TxTail, DropsATailThatDoesNotMoveInTime) {
  push(200);
  side.tx.push_control(0, frame(0));
  side.tx.flush(0);
  side.tx.flush(dataplane::tx_patience_ns - 1);
  EXPECT_TRUE(side.tx.blocked(0));
  side.tx.flush(dataplane::tx_patience_ns);
  EXPECT_FALSE(side.tx.blocked(0));
  EXPECT_EQ(count(Counter::egress_tx_full), 200 - ring_room);
  EXPECT_EQ(count(Counter::tx_control_dropped), 1u);
  EXPECT_EQ(count(Counter::in_flight), 0u);
}

TEST_F(TxTail, WaitsNoMoreForAPortThatIsStuckUntilItMoves) {
  push(200);
  side.tx.flush(0);
  now = dataplane::tx_patience_ns;
  side.tx.flush(now);
  push(10);
  side.tx.flush(now);
  EXPECT_FALSE(side.tx.blocked(0));
  EXPECT_EQ(count(Counter::egress_tx_full), 200 - ring_room + 10);
  rings.take(0);
  push(200);
  side.tx.flush(now);
  EXPECT_TRUE(side.tx.blocked(0));  // patient again
  EXPECT_EQ(count(Counter::in_flight), 200 - ring_room);
}

TEST_F(TxTail, CountsWhatFitsInNoTail) {
  push(1'500);
  EXPECT_EQ(count(Counter::sent_media), ring_room);
  EXPECT_EQ(count(Counter::in_flight), dataplane::tx_tail_max);
  EXPECT_EQ(count(Counter::egress_tx_full), 1'500 - ring_room - dataplane::tx_tail_max);
}

TEST_F(TxTail, UsesTheRoomThatSentFramesLeave) {
  for (int round = 0; round < 100; ++round) {
    push(100);
    side.tx.flush(round * ns_per_ms);
    take_in_order();
    side.tx.flush(round * ns_per_ms);
    take_in_order();
  }
  EXPECT_EQ(count(Counter::sent_media), 10'000u);
  EXPECT_EQ(count(Counter::egress_tx_full), 0u);
}

TEST_F(TxTail, SendsADatagramOnceItsNextHopIsKnown) {
  dataplane::Flow flow;
  flow.family = 4;
  flow.local_port = 40'000;
  flow.remote_port = 5'000;
  flow.remote_ip = ip("192.0.2.7").bytes;
  const std::vector<uint8_t> bytes = {1, 2, 3, 4, 5};
  EXPECT_FALSE(side.tx.send_datagram(side.hops, flow, bytes, 0));
  EXPECT_EQ(count(Counter::tx_control_dropped), 1u);
  rings.port().next_hops().publish(0, {.ip = ip("192.0.2.7"), .mac = peer_mac, .resolved = 1});
  side.hops.refresh();
  EXPECT_TRUE(side.tx.send_datagram(side.hops, flow, bytes, 0));
  side.tx.flush(0);
  const auto sent = rings.take(0);
  ASSERT_EQ(sent.size(), 1u);
  ASSERT_EQ(sent[0].size(), 47u);
  const auto e = wire::parse_ethernet(sent[0]);
  EXPECT_EQ(e->destination(), peer_mac);
  const auto v4 = wire::parse_ipv4(e->payload);
  ASSERT_TRUE(v4 && v4->checksum_ok());
  const std::vector<uint8_t> too_long(1'473);
  EXPECT_FALSE(side.tx.send_datagram(side.hops, flow, too_long, 0));
}

}  // namespace
}  // namespace sluice::test
