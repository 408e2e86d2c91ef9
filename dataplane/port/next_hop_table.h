// The resolved next hops of one port: written by the port's worker 0, read by all workers.
//
// Readers keep their own ids and templates (port/hop_cache.h); this table only says which neighbour
// has which MAC.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "common/base/ip.h"
#include "common/shm/layout.h"
#include "common/shm/ring.h"
#include "common/shm/versioned.h"
#include "common/wire/ethernet.h"

namespace sluice::dataplane {

struct NextHop {
  IpAddress ip;  // family 0: the entry is unused
  wire::MacAddress mac;
  uint8_t resolved = 0;
  uint8_t reserved = 0;
};

class NextHopTable {
 public:
  static constexpr uint32_t capacity = 1'024;
  static constexpr uint32_t requests_max = 64;  // waiting, per worker

  // Any worker. Steps with every published entry; entries [0, used()) may be in use.
  uint32_t version() const { return version_.load(std::memory_order_acquire); }
  uint32_t used() const { return used_.load(std::memory_order_acquire); }
  // False when the writer was faster than the reader: read again later.
  bool read(uint32_t i, NextHop& out) const { return entries_[i].read(out); }
  uint32_t version_of(uint32_t i) const { return entries_[i].version(); }
  // Worker `worker` wants `ip` resolved, or goes on wanting it. False: too many requests wait, ask
  // again later.
  bool request(uint32_t worker, const IpAddress& ip) { return ring(worker).push(ip); }

  // Writer.
  void publish(uint32_t i, const NextHop& hop);
  // The oldest request of that worker; false when there is none.
  bool take_request(uint32_t worker, IpAddress& ip);

 private:
  struct Requests {
    shm::RingHead head;
    std::array<IpAddress, requests_max> records;
  };
  shm::Ring<IpAddress> ring(uint32_t worker) {
    return {&requests_[worker].head, requests_[worker].records.data(), requests_max};
  }

  alignas(64) std::atomic<uint32_t> version_{0};
  std::atomic<uint32_t> used_{0};
  std::array<shm::Versioned<NextHop>, capacity> entries_;
  std::array<Requests, shm::workers_max> requests_;
};

inline void NextHopTable::publish(uint32_t i, const NextHop& hop) {
  entries_[i].publish(hop);
  if (i >= used_.load(std::memory_order_relaxed)) used_.store(i + 1, std::memory_order_release);
  version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

inline bool NextHopTable::take_request(uint32_t worker, IpAddress& ip) {
  auto requests = ring(worker);
  const IpAddress* front = requests.front();
  if (front == nullptr) return false;
  ip = *front;
  requests.pop();
  return true;
}

}  // namespace sluice::dataplane
