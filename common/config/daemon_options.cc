#include "common/config/daemon_options.h"

#include <getopt.h>

namespace sluice::config {

Result<DaemonOptions> parse_daemon_options(int argc, char** argv, const char* account_option) {
  const option known[] = {{"config", required_argument, nullptr, 'c'},
                          {account_option, required_argument, nullptr, 'a'},
                          {"version", no_argument, nullptr, 'v'},
                          {"help", no_argument, nullptr, 'h'},
                          {nullptr, 0, nullptr, 0}};
  DaemonOptions options;
  optind = 1;
  opterr = 0;
  for (;;) {
    const int at = optind;
    const int found = getopt_long(argc, argv, ":", known, nullptr);
    if (found == -1) break;
    switch (found) {
      case 'c':
        options.config_file = optarg;
        break;
      case 'a':
        options.account = optarg;
        break;
      case 'v':
        options.version = true;
        break;
      case 'h':
        options.help = true;
        break;
      case ':':
        return Error{std::string(argv[at]) + " needs a value; see --help"};
      default:
        return Error{std::string(argv[at]) + ": no such option; see --help"};
    }
  }
  if (optind < argc) return Error{std::string(argv[optind]) + ": no such argument; see --help"};
  return options;
}

}  // namespace sluice::config
