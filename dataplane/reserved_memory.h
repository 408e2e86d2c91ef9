// ReservedMemory: address space for the life of its owner, zeroed, made resident when it is first
// touched; kept out of core dumps, on large pages where the kernel has them.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

#include "common/base/assert.h"

namespace sluice::dataplane {

class ReservedMemory {
 public:
  explicit ReservedMemory(std::size_t bytes) : bytes_(bytes) {
    at_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
               -1, 0);
    SLUICE_ASSERT(at_ != MAP_FAILED);
    madvise(at_, bytes, MADV_HUGEPAGE);
    madvise(at_, bytes, MADV_DONTDUMP);
  }
  ~ReservedMemory() { munmap(at_, bytes_); }
  ReservedMemory(const ReservedMemory&) = delete;
  ReservedMemory& operator=(const ReservedMemory&) = delete;

  uint8_t* data() const { return static_cast<uint8_t*>(at_); }
  std::size_t size() const { return bytes_; }

 private:
  void* at_;
  std::size_t bytes_;
};

}  // namespace sluice::dataplane
