// How many rooms, people and connections, as Prometheus gauges.
#pragma once

#include <prometheus/collectable.h>

#include <functional>
#include <utility>
#include <vector>

namespace sluice::metrics {

struct ConferenceNumbers {
  std::size_t rooms = 0;
  std::size_t participants = 0;
  std::size_t websockets = 0;
  std::size_t connections = 0;  // HTTP and WebSocket
  std::size_t connections_refused = 0;
  std::size_t connections_dropped = 0;
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
