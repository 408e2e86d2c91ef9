// What a bench says of many blocks: medians and percentiles, never means.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace sluice::perf {

// share: 0 (least) to 1 (greatest). 0 without values.
inline double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = std::min(values.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(values.size())));
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(at);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

inline double median(std::vector<double> values) {
  return percentile(std::move(values), 0.5);
}

}  // namespace sluice::perf
