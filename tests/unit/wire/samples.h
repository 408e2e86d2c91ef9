// Valid messages of every wire format, at least one per shape a parser tells apart. The sweeps run
// over them, and the corpora of tests/fuzz begin with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

struct WireSample {
  std::string format;  // as in sluice::fuzz::formats()
  std::string name;
  std::vector<uint8_t> bytes;
};

std::vector<WireSample> wire_samples();

}  // namespace sluice
