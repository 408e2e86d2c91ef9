#include "controlplane/ice_tcp/gateway_metrics.h"

#include <initializer_list>

#include "controlplane/metrics/family.h"

namespace sluice::ice_tcp {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

struct Sample {
  const char* value;  // of the label
  uint64_t count;
};

MetricFamily counters(const char* name, const char* help, const char* label,
                      std::initializer_list<Sample> samples) {
  MetricFamily family = metrics::make_family(name, help, MetricType::Counter);
  for (const Sample& s : samples) {
    metrics::add(family, {{label, s.value}}, static_cast<double>(s.count));
  }
  return family;
}

}  // namespace

std::vector<MetricFamily> GatewayMetrics::Collect() const {
  const GatewayCounters& c = gateway_.counters();
  MetricFamily clients =
      metrics::make_family("sluice_ice_tcp_clients", "clients on TCP (clients)", MetricType::Gauge);
  metrics::add(clients, {}, static_cast<double>(gateway_.size()));
  MetricFamily connections =
      metrics::make_family("sluice_ice_tcp_connections_total",
                           "connections that became a flow (connections)", MetricType::Counter);
  metrics::add(connections, {}, static_cast<double>(c.opened));
  return {
      std::move(clients),
      std::move(connections),
      counters("sluice_ice_tcp_refused_total",
               "connections that became none: full = connections_max reached, failed = no socket "
               "to be had (connections)",
               "reason", {{"full", c.refused_full}, {"failed", c.failed}}),
      counters("sluice_ice_tcp_ended_total",
               "flows that ended: client = it hung up, unanswered = no worker knew it, silent = "
               "nothing was heard of it, oversized = it sent a longer frame than a packet can be "
               "(connections)",
               "reason",
               {{"client", c.ended_by_client},
                {"unanswered", c.ended_unanswered},
                {"silent", c.ended_silent},
                {"oversized", c.ended_oversized}}),
      counters("sluice_ice_tcp_datagrams_total",
               "datagrams passed: in = client to worker, out = worker to client (datagrams)",
               "direction", {{"in", c.packets_in}, {"out", c.packets_out}}),
      counters("sluice_ice_tcp_bytes_total", "bytes of the datagrams passed (bytes)", "direction",
               {{"in", c.bytes_in}, {"out", c.bytes_out}}),
      counters("sluice_ice_tcp_dropped_total",
               "datagrams dropped: in = the kernel did not take it, out = too much waits for that "
               "client (datagrams)",
               "direction", {{"in", c.dropped_in}, {"out", c.dropped_out}}),
  };
}

}  // namespace sluice::ice_tcp
