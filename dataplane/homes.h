// Homes: which worker has an endpoint. One at a time, whatever the tables say: when an endpoint's
// home changes, the new one waits until the old one has let go, and finds everything as that left
// it. Shared by the workers of a node.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

namespace sluice::dataplane {

class Homes {
 public:
  explicit Homes(uint32_t endpoints) : holders_(std::make_unique<Holder[]>(endpoints)) {}

  // False: another worker has it.
  bool take(uint32_t endpoint, uint32_t worker) {
    uint8_t nobody = 0;
    const auto me = static_cast<uint8_t>(worker + 1);
    return holders_[endpoint].compare_exchange_strong(nobody, me, std::memory_order_acq_rel) ||
           nobody == me;
  }
  // By the worker that has it: what it wrote is seen by whoever takes it.
  void leave(uint32_t endpoint) { holders_[endpoint].store(0, std::memory_order_release); }
  // Nothing while it is on its way.
  std::optional<uint32_t> holder(uint32_t endpoint) const {
    const uint8_t holder = holders_[endpoint].load(std::memory_order_relaxed);
    if (holder == 0) return {};
    return holder - 1u;
  }
  bool has(uint32_t endpoint, uint32_t worker) const {
    return holders_[endpoint].load(std::memory_order_relaxed) == worker + 1;
  }

 private:
  using Holder = std::atomic<uint8_t>;  // 1 + worker, 0 = nobody

  std::unique_ptr<Holder[]> holders_;
};

}  // namespace sluice::dataplane
