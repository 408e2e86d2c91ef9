#include "common/shm/versioned.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace sluice::shm {
namespace {

struct Wide {
  std::array<uint64_t, 37> words{};
  uint8_t tail[3] = {};
};

TEST(Versioned, gives_back_what_was_published_last) {
  Versioned<Wide> v;
  Wide out;
  ASSERT_TRUE(v.read(out));
  EXPECT_EQ(out.words[0], 0u);
  for (uint64_t i = 1; i < 5; ++i) {
    Wide in;
    in.words.fill(i);
    in.tail[2] = static_cast<uint8_t>(i);
    EXPECT_EQ(v.publish(in), i);
    ASSERT_TRUE(v.read(out));
    EXPECT_EQ(out.words, in.words);
    EXPECT_EQ(out.tail[2], i);
  }
}

TEST(Versioned, readers_never_see_a_mixed_copy) {
  Versioned<Wide> v;
  std::atomic<bool> done{false};
  std::atomic<uint64_t> mixed{0}, went_back{0}, copies{0};
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      uint64_t last = 0;
      while (!done.load()) {
        Wide out;
        if (!v.read(out)) continue;
        for (const uint64_t w : out.words) mixed += w != out.words[0];
        went_back += out.words[0] < last;
        last = out.words[0];
        ++copies;
      }
    });
  }
  for (uint64_t i = 1; i <= 50'000 || copies.load() < 1'000; ++i) {
    Wide in;
    in.words.fill(i);
    v.publish(in);
  }
  done = true;
  for (auto& t : readers) t.join();
  EXPECT_EQ(mixed, 0u);
  EXPECT_EQ(went_back, 0u);
}

}  // namespace
}  // namespace sluice::shm
