// How many rooms, people and connections, and what was refused to whom, for Prometheus.
#pragma once

#include <prometheus/collectable.h>

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::metrics {

using Counts = std::vector<std::pair<std::string_view, uint64_t>>;  // by a label's value

struct ConferenceNumbers {
  std::size_t rooms = 0;
  std::size_t participants = 0;
  std::size_t websockets = 0;
  std::size_t connections = 0;  // HTTP and WebSocket
  std::size_t connections_refused = 0;
  std::size_t connections_dropped = 0;
  Counts refused = {};  // requests, messages and handshakes of clients, by reason
  Counts punts = {};    // packets for the control plane, by what they were
  std::size_t handshakes_timed_out = 0;
  std::size_t requests_waiting = 0;
};

class ConferenceMetrics final : public prometheus::Collectable {
 public:
  explicit ConferenceMetrics(std::function<ConferenceNumbers()> numbers)
      : numbers_(std::move(numbers)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::function<ConferenceNumbers()> numbers_;
};

}  // namespace sluice::metrics
