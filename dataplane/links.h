// Links: what workers tell each other: "this log has grown", "a key frame is wanted". One
// single-producer ring per pair. Media never travels here: a worker reads another's track log in
// place.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/shm/ring.h"

namespace sluice::dataplane {

enum class LinkKind : uint8_t { advanced = 1, key_frame = 2 };

struct LinkMessage {
  LinkKind kind{};
  uint8_t reserved[3] = {};
  uint32_t track = 0;       // slot
  uint32_t generation = 0;  // of the track; a message that no longer fits is dropped
  uint32_t reserved2 = 0;
};

class Links {
 public:
  static constexpr uint64_t capacity = 1'024;

  explicit Links(uint32_t workers);
  // Worker `from`. False when full: what it speaks of stays true, the sender tells again in its
  // next loop.
  bool push(uint32_t from, uint32_t to, const LinkMessage& m) { return ring(from, to).push(m); }
  // Worker `to`.
  bool pop(uint32_t from, uint32_t to, LinkMessage& out) {
    auto r = ring(from, to);
    const LinkMessage* front = r.front();
    if (front == nullptr) return false;
    out = *front;
    r.pop();
    return true;
  }
  uint32_t workers() const { return workers_; }

 private:
  shm::Ring<LinkMessage> ring(uint32_t from, uint32_t to) {
    const std::size_t i = static_cast<std::size_t>(from) * workers_ + to;
    return {&heads_[i], &records_[i * capacity], capacity};
  }

  uint32_t workers_;
  std::unique_ptr<shm::RingHead[]> heads_;
  std::vector<LinkMessage> records_;
};

inline Links::Links(uint32_t workers)
    : workers_(workers),
      heads_(std::make_unique<shm::RingHead[]>(static_cast<std::size_t>(workers) * workers)),
      records_(static_cast<std::size_t>(workers) * workers * capacity) {}

}  // namespace sluice::dataplane
