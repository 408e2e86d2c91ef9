// Every counter of every worker as Prometheus text, read from the region without disturbing
// anybody.
#pragma once

#include <prometheus/collectable.h>

#include <string>
#include <vector>

namespace sluice::metrics {

// `sluice_<counter>_total{worker}` for all of common/counters.def (gauges without `_total`, stages
// as `sluice_stage_{seconds,runs,items}_total{worker,stage}`), ring drops, table use, liveness.
// Maps the region read-only at each collection: a data plane that was restarted on a new region is
// found by itself, and one that is gone is `sluice_dataplane_up 0`.
class RegionMetrics final : public prometheus::Collectable {
 public:
  explicit RegionMetrics(std::string region_directory) : directory_(std::move(region_directory)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::string directory_;
};

}  // namespace sluice::metrics
