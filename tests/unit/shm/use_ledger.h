// Every index that was ever used, by key and SSRC: none may come twice or go back.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "tests/unit/shm/worker_model.h"

namespace sluice::shm {

class UseLedger {
 public:
  // Empty, or what was used twice.
  std::string add(const Use& use) {
    uint64_t& next = next_[{use.endpoint_id, use.ssrc}];
    packets_ += use.count;
    if (use.first >= next) {
      next = use.first + use.count;
      return {};
    }
    return "endpoint " + std::to_string(use.endpoint_id) + " SSRC " + std::to_string(use.ssrc) +
           ": index " + std::to_string(use.first) + " used again, " + std::to_string(next) +
           " was next";
  }
  uint64_t packets() const { return packets_; }

 private:
  std::map<std::pair<uint64_t, uint32_t>, uint64_t> next_;
  uint64_t packets_ = 0;
};

}  // namespace sluice::shm
