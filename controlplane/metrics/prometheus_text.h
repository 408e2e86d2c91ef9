// What Prometheus reads.
#pragma once

#include <prometheus/collectable.h>

#include <string>
#include <vector>

namespace sluice::metrics {

inline constexpr const char* prometheus_content_type = "text/plain; version=0.0.4; charset=utf-8";

// The text format of the collectables' families, concatenated.
std::string to_prometheus_text(const std::vector<const prometheus::Collectable*>& collectables);

}  // namespace sluice::metrics
