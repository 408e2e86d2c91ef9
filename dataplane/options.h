// The command line of sluice-dataplane.
#pragma once

#include <string>

#include "common/base/result.h"

namespace sluice::dataplane {

struct Options {
  std::string config_file = "/etc/sluice/sluice.yaml";
  std::string group;  // empty = of the region's directory, as it is
  bool help = false;
  bool version = false;
};

// Errors are one line.
Result<Options> parse_options(int argc, char** argv);

extern const char* const usage;

}  // namespace sluice::dataplane
