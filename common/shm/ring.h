// Ring<T>: single producer, single consumer, in shared memory. Either side may die and come back at
// any instruction: a record counts as written when `tail` was stored and as read when `head` was
// stored.
//
// The capacity is a power of two, fixed when the region is created. The consumer trusts nobody: it
// masks every index, and a distance larger than the capacity resets its side to the producer's
// (counted in resets()).
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace sluice::shm {

// Lies in the region in front of `capacity` records of T.
struct RingHead {
  alignas(64) std::atomic<uint64_t> tail{0};  // producer writes: records ever written
  std::atomic<uint64_t> dropped{0};           // producer writes: records that found the ring full
  alignas(64) std::atomic<uint64_t> head{0};  // consumer writes: records ever read
  alignas(64) uint64_t capacity = 0;          // written once at creation
  uint64_t reserved[7] = {};
};
static_assert(sizeof(RingHead) == 192);

template <class T>
class Ring {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Ring() = default;
  // `records` follows `head` in the region. capacity was validated by whoever attached the region.
  Ring(RingHead* head, T* records, uint64_t capacity)
      : head_(head), records_(records), mask_(capacity - 1) {}

  uint64_t capacity() const { return mask_ + 1; }
  // Records waiting. Exact for the consumer, a lower bound of free space for the producer.
  uint64_t size() const {
    return head_->tail.load(std::memory_order_acquire) -
           head_->head.load(std::memory_order_acquire);
  }

  // Producer. Where the next record goes, or null when full (counted in `dropped`).
  T* reserve() {
    const uint64_t tail = head_->tail.load(std::memory_order_relaxed);
    if (tail - head_->head.load(std::memory_order_acquire) > mask_) {
      count_loss();
      return nullptr;
    }
    return &records_[tail & mask_];
  }
  // Producer. Where the record after `ahead` others that are not committed yet goes; null when
  // there is no room, whatever the consumer says of itself. Counts nothing.
  T* place(uint64_t ahead) {
    const uint64_t at = head_->tail.load(std::memory_order_relaxed) + ahead;
    const bool room = at - head_->head.load(std::memory_order_acquire) <= mask_;
    return room ? &records_[at & mask_] : nullptr;
  }
  void commit(uint64_t n = 1) {
    head_->tail.store(head_->tail.load(std::memory_order_relaxed) + n, std::memory_order_release);
  }
  bool push(const T& record) {
    T* at = reserve();
    if (at == nullptr) return false;
    std::memcpy(static_cast<void*>(at), &record, sizeof(T));
    commit();
    return true;
  }

  // Producer. Tells the consumer that it missed something, as if a record had found the ring full.
  void count_loss() {
    head_->dropped.store(head_->dropped.load(std::memory_order_relaxed) + 1,
                         std::memory_order_release);
  }

  // Consumer. The oldest record in place, or null when empty; pop() gives its place back.
  const T* front() {
    const uint64_t head = head_->head.load(std::memory_order_relaxed);
    const uint64_t tail = head_->tail.load(std::memory_order_acquire);
    if (tail == head) return nullptr;
    if (tail - head > mask_ + 1) {  // a torn or hostile producer
      head_->head.store(tail, std::memory_order_release);
      ++resets_;
      return nullptr;
    }
    return &records_[head & mask_];
  }
  void pop() {
    head_->head.store(head_->head.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  // Consumer. Everything that waits is nobody's.
  void skip_all() {
    head_->head.store(head_->tail.load(std::memory_order_acquire), std::memory_order_release);
  }
  // Any side. Records lost to a full ring. A consumer that must not miss anything (news) remembers
  // the number and looks at the truth itself whenever it has moved: what was changed before the
  // loss was counted is visible then.
  uint64_t dropped() const { return head_->dropped.load(std::memory_order_acquire); }
  // Consumer. Records ever read; records ever written; how often this object threw away an
  // impossible distance.
  uint64_t read_count() const { return head_->head.load(std::memory_order_relaxed); }
  uint64_t written_count() const { return head_->tail.load(std::memory_order_acquire); }
  uint64_t resets() const { return resets_; }

 private:
  RingHead* head_ = nullptr;
  T* records_ = nullptr;
  uint64_t mask_ = 0;
  uint64_t resets_ = 0;
};

}  // namespace sluice::shm
