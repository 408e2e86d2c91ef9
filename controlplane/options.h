// The command line of sluice-control.
#pragma once

#include <string>

#include "common/base/result.h"

namespace sluice {

struct Options {
  std::string config_file = "/etc/sluice/sluice.yaml";
  std::string user;  // empty = stay who we are
  bool help = false;
  bool version = false;
};

// Errors are one line.
Result<Options> parse_options(int argc, char** argv);

extern const char* const usage;

}  // namespace sluice
