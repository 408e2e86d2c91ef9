// DestinationRing: packet buffers that are written one after the other, round and round, as those
// of a pool of mbufs are. What goes round is what has to be in a cache to be written fast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dataplane/reserved_memory.h"

namespace sluice::perf {

class DestinationRing {
 public:
  explicit DestinationRing(std::size_t buffers) : buffers_(buffers), memory_(buffers * stride) {
    std::memset(memory_.data(), 1, memory_.size());
  }

  std::size_t size() const { return buffers_; }
  uint8_t* next() {
    uint8_t* at = memory_.data() + next_ * stride;
    next_ = next_ + 1 == buffers_ ? 0 : next_ + 1;
    return at;
  }

 private:
  // An odd number of cache lines, as in a pool of mbufs, so that they spread over all sets of a
  // cache.
  static constexpr std::size_t stride = 37 * std::size_t{64};

  std::size_t buffers_;
  dataplane::ReservedMemory memory_;
  std::size_t next_ = 0;
};

}  // namespace sluice::perf
