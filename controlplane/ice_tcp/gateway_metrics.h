// What sluice-ice-tcp counts, for Prometheus: `sluice_ice_tcp_*`.
#pragma once

#include <prometheus/collectable.h>

#include <vector>

#include "controlplane/ice_tcp/gateway.h"

namespace sluice::ice_tcp {

class GatewayMetrics final : public prometheus::Collectable {
 public:
  // `gateway` outlives it.
  explicit GatewayMetrics(const Gateway& gateway) : gateway_(gateway) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Gateway& gateway_;
};

}  // namespace sluice::ice_tcp
