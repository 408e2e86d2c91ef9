// sluice-control: meetings, signaling, ICE and DTLS. See daemon.cc for its parts.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <optional>

#include "common/config/config.h"
#include "common/config/daemon_options.h"
#include "common/log/log.h"
#include "controlplane/daemon.h"
#include "controlplane/privileges.h"

namespace {

constexpr int exit_cannot_start = 1;
constexpr int exit_usage = 2;

constexpr const char* usage =
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

int fail(int status, const std::string& why) {
  std::fprintf(stderr, "sluice-control: %s\n", why.c_str());
  return status;
}

int start(const sluice::config::DaemonOptions& options) {
  using namespace sluice;
  const auto config = config::load_file(options.config_file);
  if (!config) return fail(exit_cannot_start, config.error().message);
  if (!log::set_level(config->control.log_level)) {
    return fail(exit_cannot_start, "control.log_level: must be one of error, warning, info, debug");
  }
  std::optional<Account> account;
  if (!options.account.empty()) {
    const auto found = find_account(options.account);
    if (!found) return fail(exit_cannot_start, found.error().message);
    // Started as that user already: nothing to give up.
    if (found->uid != geteuid()) account = *found;
  } else if (geteuid() == 0) {
    return fail(exit_cannot_start, "does not run as root; name a user with --user");
  }
  raise_descriptor_limit();
  Daemon daemon(*config);
  if (const auto bound = daemon.bind(account ? &*account : nullptr); !bound) {
    return fail(exit_cannot_start, bound.error().message);
  }
  if (account) {
    if (const auto became = become(*account); !became) {
      return fail(exit_cannot_start, became.error().message);
    }
  }
  if (const auto hard = harden(); !hard) return fail(exit_cannot_start, hard.error().message);
  if (const auto started = daemon.start(); !started) {
    return fail(exit_cannot_start, started.error().message);
  }
  daemon.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto options = sluice::config::parse_daemon_options(argc, argv, "user");
  if (!options) return fail(exit_usage, options.error().message);
  if (options->help) {
    std::fputs(usage, stdout);
    return 0;
  }
  if (options->version) {
    std::puts("sluice-control " SLUICE_VERSION);
    return 0;
  }
  return start(*options);
}
