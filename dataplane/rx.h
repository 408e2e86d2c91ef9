// Stage rx: one burst from this worker's queues and from the packets that other workers pass home.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "common/shm/counters.h"
#include "dataplane/packet.h"

namespace sluice::dataplane {

class Handover;
class Port;

// Frames as they came; mbuf->port is the data plane's port index.
struct RxBatch {
  std::array<rte_mbuf*, burst_max> frames;
  std::size_t count = 0;
  // Of the frames, those that another worker has passed here.
  std::size_t passed_from = 0;
  std::size_t passed_count = 0;

  bool was_passed(std::size_t i) const { return i - passed_from < passed_count; }
};

class Rx {
 public:
  Rx(std::span<Port* const> ports, const Handover& handover, uint32_t worker,
     shm::Counters& counters);

  // Fills `batch` from the ports and hand-over rings in turns, each call starting with another one.
  // Returns the count.
  std::size_t receive(RxBatch& batch);

 private:
  void from_port(const Port& port, RxBatch& batch);
  void from_workers(RxBatch& batch);

  std::span<Port* const> ports_;
  const Handover& handover_;
  uint32_t worker_;
  shm::Counters& counters_;
  std::size_t turn_ = 0;
};

}  // namespace sluice::dataplane
