#include "controlplane/metrics/conference_metrics.h"

#include <prometheus/metric_family.h>

namespace sluice::metrics {
namespace {

prometheus::MetricFamily counter(const char* name, const char* help, std::size_t value) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = prometheus::MetricType::Counter;
  family.metric.resize(1);
  family.metric[0].counter.value = static_cast<double>(value);
  return family;
}

prometheus::MetricFamily gauge(const char* name, const char* help, std::size_t value) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = prometheus::MetricType::Gauge;
  family.metric.resize(1);
  family.metric[0].gauge.value = static_cast<double>(value);
  return family;
}

}  // namespace

std::vector<prometheus::MetricFamily> ConferenceMetrics::Collect() const {
  const ConferenceNumbers numbers = numbers_();
  return {
      gauge("sluice_rooms", "meetings that are not over", numbers.rooms),
      gauge("sluice_participants", "people in meetings, reconnecting ones included",
            numbers.participants),
      gauge("sluice_websockets", "signaling WebSockets", numbers.websockets),
      gauge("sluice_connections", "TCP connections of the HTTP listeners", numbers.connections),
      counter("sluice_connections_refused_total", "TCP connections that found no room",
              numbers.connections_refused),
      counter("sluice_connections_dropped_total",
              "TCP connections that made room because they kept us waiting",
              numbers.connections_dropped),
  };
}

}  // namespace sluice::metrics
