// Versioned<T>: one writer publishes a trivially copyable T, any number of readers copy it out
// whole.
//
// Two copies and a version; copies[version & 1] is the current one. The writer fills the other copy
// and then steps the version, so a writer that dies at any instruction leaves the last complete
// copy in force. A reader copies and looks whether the version moved meanwhile. No locks, no
// read-modify-write, no stand-alone fences: every word is loaded with acquire and stored with
// release order, which costs nothing on x86.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace sluice::shm {

template <class T>
class Versioned {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
  static constexpr std::size_t words = (sizeof(T) + 7) / 8;

 public:
  using value_type = T;

  // Single writer. Returns the new version.
  uint32_t publish(const T& value) {
    const uint32_t next = version_.load(std::memory_order_relaxed) + 1;
    uint64_t image[words] = {};
    std::memcpy(image, &value, sizeof(T));
    for (std::size_t i = 0; i < words; ++i) {
      copies_[next & 1][i].store(image[i], std::memory_order_release);
    }
    version_.store(next, std::memory_order_release);
    return next;
  }

  // Any reader. False when the writer lapped the reader `tries` times: keep what you had and come
  // back.
  bool read(T& out, int tries = 4) const {
    for (int t = 0; t < tries; ++t) {
      const uint32_t before = version_.load(std::memory_order_acquire);
      uint64_t image[words];
      for (std::size_t i = 0; i < words; ++i) {
        image[i] = copies_[before & 1][i].load(std::memory_order_acquire);
      }
      if (version_.load(std::memory_order_acquire) == before) {
        std::memcpy(static_cast<void*>(&out), image, sizeof(T));
        return true;
      }
    }
    return false;
  }

  uint32_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  std::atomic<uint32_t> version_{0};
  uint32_t reserved_ = 0;
  std::atomic<uint64_t> copies_[2][words]{};
};

}  // namespace sluice::shm
