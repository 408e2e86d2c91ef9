// ReservedMemory: address space for the life of its owner, zeroed, made resident when it is first
// touched; kept out of core dumps, on large pages where the kernel has them and they are wanted.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

#include "common/base/assert.h"

namespace sluice::dataplane {

enum class Pages : uint8_t {
  large,  // fewer misses of the TLB
  small,  // where what is not used lies between what is
};

class ReservedMemory {
 public:
  explicit ReservedMemory(std::size_t bytes, Pages pages = Pages::large) : bytes_(bytes) {
    // Whole large pages, or the kernel gives none to either end.
    const std::size_t whole = (bytes + large_page - 1) / large_page * large_page;
    mapped_ = whole + large_page;
    mapping_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    SLUICE_ASSERT(mapping_ != MAP_FAILED);
    const auto address = reinterpret_cast<uintptr_t>(mapping_);
    at_ = reinterpret_cast<uint8_t*>((address + large_page - 1) / large_page * large_page);
    madvise(at_, whole, pages == Pages::large ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    madvise(mapping_, mapped_, MADV_DONTDUMP);
  }
  ~ReservedMemory() { munmap(mapping_, mapped_); }
  ReservedMemory(const ReservedMemory&) = delete;
  ReservedMemory& operator=(const ReservedMemory&) = delete;

  uint8_t* data() const { return at_; }
  std::size_t size() const { return bytes_; }

 private:
  static constexpr std::size_t large_page = std::size_t{2} << 20;

  void* mapping_;
  std::size_t mapped_;
  uint8_t* at_;
  std::size_t bytes_;
};

}  // namespace sluice::dataplane
