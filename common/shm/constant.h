// Constant<T>: a record that does not change in the life of its slot, so one copy is enough. It is
// stored while the slot is `filling`; a reader that looks at the slot's word before and after
// (live_record.h) has the record of one use of the slot, whole.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace sluice::shm {

template <class T>
class Constant {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
  static constexpr std::size_t words = (sizeof(T) + 7) / 8;

 public:
  using value_type = T;

  // Single writer.
  void publish(const T& value) {
    uint64_t image[words] = {};
    std::memcpy(image, &value, sizeof(T));
    for (std::size_t i = 0; i < words; ++i) words_[i].store(image[i], std::memory_order_release);
  }
  // Any reader. Always true: as Versioned<T>, whose reader may be lapped.
  bool read(T& out) const {
    uint64_t image[words];
    for (std::size_t i = 0; i < words; ++i) image[i] = words_[i].load(std::memory_order_acquire);
    std::memcpy(static_cast<void*>(&out), image, sizeof(T));
    return true;
  }

 private:
  std::atomic<uint64_t> words_[words]{};
};

}  // namespace sluice::shm
