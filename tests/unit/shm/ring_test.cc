#include "common/shm/ring.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace sluice::shm {
namespace {

struct Record {
  uint64_t number = 0;
  uint64_t copy = 0;
};

template <std::size_t N>
struct Memory {
  RingHead head;
  std::array<Record, N> records;
  Ring<Record> ring() { return {&head, records.data(), N}; }
};

TEST(Ring, is_full_at_its_capacity_and_counts_what_it_drops) {
  Memory<4> m;
  Ring<Record> producer = m.ring(), consumer = m.ring();
  for (uint64_t i = 0; i < 4; ++i) EXPECT_TRUE(producer.push({i, i}));
  EXPECT_FALSE(producer.push({4, 4}));
  EXPECT_FALSE(producer.push({4, 4}));
  EXPECT_EQ(consumer.dropped(), 2u);
  for (uint64_t i = 0; i < 4; ++i) {
    ASSERT_NE(consumer.front(), nullptr);
    EXPECT_EQ(consumer.front()->number, i);
    consumer.pop();
  }
  EXPECT_EQ(consumer.front(), nullptr);
  EXPECT_TRUE(producer.push({5, 5}));
}

TEST(Ring, what_is_placed_ahead_counts_when_it_is_committed) {
  Memory<4> m;
  Ring<Record> producer = m.ring(), consumer = m.ring();
  for (uint64_t round = 0; round < 5; ++round) {  // over the end of the memory
    producer.push({0, 0});
    for (uint64_t i = 0; i < 3; ++i) producer.place(i)->number = 1 + i;
    EXPECT_EQ(producer.place(3), nullptr);
    EXPECT_EQ(producer.dropped(), 0u);
    EXPECT_EQ(consumer.size(), 1u);
    producer.commit(2);
    for (uint64_t i = 0; i < 3; ++i) {
      EXPECT_EQ(consumer.front()->number, i);
      consumer.pop();
    }
    EXPECT_EQ(consumer.front(), nullptr);
  }
}

TEST(Ring, a_consumer_ahead_of_the_producer_leaves_no_room) {
  Memory<4> m;
  Ring<Record> producer = m.ring();
  producer.push({1, 1});
  m.head.head.store(7);
  EXPECT_EQ(producer.place(0), nullptr);
  EXPECT_FALSE(producer.push({2, 2}));
  m.ring().skip_all();
  EXPECT_NE(producer.place(0), nullptr);
}

TEST(Ring, a_producer_that_dies_before_commit_has_written_nothing) {
  Memory<4> m;
  {
    Ring<Record> dying = m.ring();
    dying.push({1, 1});
    dying.reserve()->number = 99;
  }
  Ring<Record> producer = m.ring(), consumer = m.ring();
  EXPECT_EQ(consumer.size(), 1u);
  producer.push({2, 2});
  EXPECT_EQ(consumer.front()->number, 1u);
  consumer.pop();
  EXPECT_EQ(consumer.front()->number, 2u);
}

TEST(Ring, a_consumer_that_dies_before_pop_reads_the_record_again) {
  Memory<4> m;
  Ring<Record> producer = m.ring();
  producer.push({1, 1});
  producer.push({2, 2});
  {
    Ring<Record> dying = m.ring();
    EXPECT_EQ(dying.front()->number, 1u);
  }
  Ring<Record> consumer = m.ring();
  EXPECT_EQ(consumer.front()->number, 1u);
  consumer.pop();
  EXPECT_EQ(consumer.front()->number, 2u);
}

TEST(Ring, an_impossible_distance_is_thrown_away_and_counted) {
  for (const uint64_t tail : {uint64_t{5}, uint64_t{1} << 40, ~uint64_t{0}}) {
    Memory<4> m;
    Ring<Record> producer = m.ring(), consumer = m.ring();
    m.head.tail = tail;
    EXPECT_EQ(consumer.front(), nullptr);
    EXPECT_EQ(consumer.resets(), 1u);
    EXPECT_EQ(consumer.size(), 0u);
    EXPECT_TRUE(producer.push({7, 7}));
    EXPECT_EQ(consumer.front()->number, 7u);
  }
}

TEST(Ring, works_across_the_wrap_of_its_counters) {
  Memory<4> m;
  m.head.tail = m.head.head = ~uint64_t{0} - 1;
  Ring<Record> producer = m.ring(), consumer = m.ring();
  for (uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(producer.push({i, i}));
    ASSERT_NE(consumer.front(), nullptr);
    EXPECT_EQ(consumer.front()->number, i);
    consumer.pop();
  }
}

TEST(Ring, two_threads_lose_nothing_and_mix_nothing) {
  Memory<64> m;
  constexpr uint64_t count = 200'000;
  std::thread producer([&] {
    Ring<Record> ring = m.ring();
    for (uint64_t i = 0; i < count;) {
      if (ring.push({i, ~i})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  Ring<Record> ring = m.ring();
  for (uint64_t expected = 0; expected < count;) {
    const Record* r = ring.front();
    if (r == nullptr) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(r->number, expected);
    ASSERT_EQ(r->copy, ~expected);
    ring.pop();
    ++expected;
  }
  producer.join();
}

}  // namespace
}  // namespace sluice::shm
