// Messages from one thread to another, in order. Taking is cheap while there are none.
#pragma once

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice::loadgen {

template <class T>
class Mailbox {
 public:
  void put(T message) {
    const std::lock_guard lock(mutex_);
    messages_.push_back(std::move(message));
    any_.store(true, std::memory_order_release);
  }
  // Everything that was put since the last call, into `out`, whose content is dropped.
  void take(std::vector<T>& out) {
    out.clear();
    if (!any_.load(std::memory_order_acquire)) return;
    const std::lock_guard lock(mutex_);
    messages_.swap(out);
    any_.store(false, std::memory_order_relaxed);
  }

 private:
  std::mutex mutex_;
  std::vector<T> messages_;
  std::atomic<bool> any_{false};
};

}  // namespace sluice::loadgen
