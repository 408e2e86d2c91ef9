// SlotArray: a worker's own part of a region table, by slot. All zero bytes are a slot that is not
// there, so the memory of slots that are at home elsewhere is never touched.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

#include "dataplane/reserved_memory.h"

namespace sluice::dataplane {

// T: trivially copyable; generation 0 = not there.
template <class T>
class SlotArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit SlotArray(std::size_t slots) : memory_(slots * sizeof(T), Pages::small), slots_(slots) {}

  T& operator[](uint32_t slot) { return data()[slot]; }
  const T& operator[](uint32_t slot) const { return data()[slot]; }
  std::size_t size() const { return slots_; }
  std::size_t memory_bytes() const { return memory_.size(); }
  std::span<T> all() { return {data(), slots_}; }

 private:
  T* data() const { return reinterpret_cast<T*>(memory_.data()); }

  ReservedMemory memory_;
  std::size_t slots_;
};

}  // namespace sluice::dataplane
