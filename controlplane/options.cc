#include "controlplane/options.h"

#include <getopt.h>

namespace sluice {

const char* const usage =
    "usage: sluice-control [--config FILE] [--user NAME]\n"
    "\n"
    "The control plane of Sluice: meetings, signaling, ICE and DTLS. Serves the web client.\n"
    "\n"
    "  --config FILE  configuration (default /etc/sluice/sluice.yaml)\n"
    "  --user NAME    once the sockets are bound, become this user for good; needed when started "
    "as root\n"
    "  --version      print the version\n"
    "  --help         print this\n"
    "\n"
    "exit status: 0 stopped by SIGTERM or SIGINT; 1 cannot start, one line on stderr says why; 2 "
    "wrong\n"
    "command line\n";

Result<Options> parse_options(int argc, char** argv) {
  static constexpr option known[] = {{"config", required_argument, nullptr, 'c'},
                                     {"user", required_argument, nullptr, 'u'},
                                     {"version", no_argument, nullptr, 'v'},
                                     {"help", no_argument, nullptr, 'h'},
                                     {nullptr, 0, nullptr, 0}};
  Options options;
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
      case 'u':
        options.user = optarg;
        break;
      case 'v':
        options.version = true;
        break;
      case 'h':
        options.help = true;
        break;
      case ':':
        return Error{std::string(argv[at]) + " needs a value"};
      default:
        return Error{std::string(argv[at]) + ": no such option; see --help"};
    }
  }
  if (optind < argc) return Error{std::string(argv[optind]) + ": unexpected; see --help"};
  return options;
}

}  // namespace sluice
