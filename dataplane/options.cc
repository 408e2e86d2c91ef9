#include "dataplane/options.h"

#include <getopt.h>

namespace sluice::dataplane {

const char* const usage =
    "usage: sluice-dataplane [--config FILE] [--group NAME]\n"
    "\n"
    "The data plane of Sluice: receives, decrypts and forwards media on DPDK ports. Needs root, or "
    "the\n"
    "capabilities its ports need.\n"
    "\n"
    "  --config FILE  configuration (default /etc/sluice/sluice.yaml)\n"
    "  --group NAME   the group that may open the region: that of the control plane's user\n"
    "  --version      print the version\n"
    "  --help         print this\n"
    "\n"
    "exit status: 0 stopped by SIGTERM or SIGINT; 1 cannot start, one line on stderr says why; 2 "
    "wrong\n"
    "command line\n";

Result<Options> parse_options(int argc, char** argv) {
  static constexpr option known[] = {{"config", required_argument, nullptr, 'c'},
                                     {"group", required_argument, nullptr, 'g'},
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
      case 'g':
        options.group = optarg;
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

}  // namespace sluice::dataplane
