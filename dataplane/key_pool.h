// KeyPool: room for expanded keys, handed out one at a time. Address space for all of them, memory
// for as many as were ever held at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dataplane/reserved_memory.h"

namespace sluice::dataplane {

class KeyPool {
 public:
  // stride: bytes of one key, a multiple of 64.
  KeyPool(std::size_t stride, std::size_t keys_max)
      : memory_(stride * keys_max), stride_(stride), left_(keys_max) {}

  // Null when all are held.
  void* take() {
    if (free_ != nullptr) {
      void* key = free_;
      std::memcpy(&free_, key, sizeof free_);
      return key;
    }
    if (left_ == 0) return nullptr;
    --left_;
    return memory_.data() + stride_ * fresh_++;
  }
  // A wiped key: its first bytes hold the list of the free ones.
  void give(void* key) {
    std::memcpy(key, &free_, sizeof free_);
    free_ = key;
  }

  std::size_t size() const { return memory_.size(); }

 private:
  ReservedMemory memory_;
  std::size_t stride_;
  std::size_t left_;
  std::size_t fresh_ = 0;
  void* free_ = nullptr;
};

}  // namespace sluice::dataplane
