// The command line of a daemon: its configuration and the one account name it takes.
#pragma once

#include <string>

#include "common/base/result.h"

namespace sluice::config {

struct DaemonOptions {
  std::string config_file = "/etc/sluice/sluice.yaml";
  std::string account;  // value of --ACCOUNT_OPTION; empty = not given
  bool help = false;
  bool version = false;
};

// account_option: "user" or "group", without dashes. Errors are one line that names the argument.
Result<DaemonOptions> parse_daemon_options(int argc, char** argv, const char* account_option);

}  // namespace sluice::config
