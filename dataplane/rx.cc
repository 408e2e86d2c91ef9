#include "dataplane/rx.h"

#include <rte_mbuf.h>

#include "dataplane/port/handover.h"
#include "dataplane/port/port.h"

namespace sluice::dataplane {

using shm::Counter;

Rx::Rx(std::span<Port* const> ports, const Handover& handover, uint32_t worker,
       shm::Counters& counters)
    : ports_(ports), handover_(handover), worker_(worker), counters_(counters) {}

std::size_t Rx::receive(RxBatch& batch) {
  batch.count = batch.passed_count = 0;
  const std::size_t sources = ports_.size() + 1;
  for (std::size_t i = 0; i < sources && batch.count < burst_max; ++i) {
    const std::size_t source = (turn_ + i) % sources;
    if (source < ports_.size()) {
      from_port(*ports_[source], batch);
    } else {
      from_workers(batch);
    }
  }
  turn_ = (turn_ + 1) % sources;
  return batch.count;
}

void Rx::from_port(const Port& port, RxBatch& batch) {
  if (worker_ >= port.rx_queues()) return;
  rte_mbuf** frames = batch.frames.data() + batch.count;
  const uint16_t n = port.receive(worker_, frames, static_cast<uint16_t>(burst_max - batch.count));
  uint64_t bytes = 0;
  for (uint16_t i = 0; i < n; ++i) {
    bytes += frames[i]->pkt_len;
    frames[i]->port = port.index();
  }
  counters_[Counter::rx_packets] += n;
  counters_[Counter::rx_bytes] += bytes;
  batch.count += n;
}

void Rx::from_workers(RxBatch& batch) {
  batch.passed_from = batch.count;
  for (uint32_t from = 0; from < handover_.workers(); ++from) {
    if (from == worker_) continue;
    const uint32_t n = handover_.pop(from, worker_, batch.frames.data() + batch.count,
                                     static_cast<uint32_t>(burst_max - batch.count));
    counters_[Counter::handover_in] += n;
    batch.count += n;
    batch.passed_count += n;
  }
}

}  // namespace sluice::dataplane
