#include "controlplane/metrics/conference_metrics.h"

#include "controlplane/metrics/family.h"

namespace sluice::metrics {
namespace {

using prometheus::MetricType;

prometheus::MetricFamily one(MetricType type, const char* name, const char* help,
                             std::size_t value) {
  auto family = make_family(name, help, type);
  add(family, {}, static_cast<double>(value));
  return family;
}

prometheus::MetricFamily counter(const char* name, const char* help, std::size_t value) {
  return one(MetricType::Counter, name, help, value);
}

prometheus::MetricFamily gauge(const char* name, const char* help, std::size_t value) {
  return one(MetricType::Gauge, name, help, value);
}

prometheus::MetricFamily counters(const char* name, const char* help, const char* label,
                                  const Counts& counts) {
  auto family = make_family(name, help, MetricType::Counter);
  for (const auto& [value, count] : counts) {
    add(family, {{label, std::string(value)}}, static_cast<double>(count));
  }
  return family;
}

}  // namespace

std::vector<prometheus::MetricFamily> ConferenceMetrics::Collect() const {
  const ConferenceNumbers numbers = numbers_();
  return {
      gauge("sluice_rooms", "meetings that are not over", numbers.rooms),
      gauge("sluice_participants",
            "people in meetings, with those who reconnect and those whose media is not up yet",
            numbers.participants),
      gauge("sluice_websockets", "signaling WebSockets", numbers.websockets),
      gauge("sluice_connections", "TCP connections of the HTTP listeners", numbers.connections),
      counter("sluice_connections_refused_total", "TCP connections that found no room",
              numbers.connections_refused),
      counter("sluice_connections_dropped_total",
              "TCP connections that made room because they kept us waiting",
              numbers.connections_dropped),
      counters("sluice_signaling_refused_total",
               "requests, messages and handshakes of clients that came to nothing", "reason",
               numbers.refused),
      counters("sluice_punts_total", "packets that workers passed to the control plane", "kind",
               numbers.punts),
      counter("sluice_dtls_handshakes_timed_out_total", "DTLS handshakes that did not end in time",
              numbers.handshakes_timed_out),
      gauge("sluice_agent_requests_waiting", "requests that wait for the data plane's region",
            numbers.requests_waiting),
  };
}

}  // namespace sluice::metrics
