// sluice-dataplane: media between DPDK ports, by the region's tables. See instance.cc for
// its parts.
#include <signal.h>
#include <time.h>

#include <cstdio>

#include "common/config/config.h"
#include "common/config/daemon_options.h"
#include "common/log/log.h"
#include "common/service/service_manager.h"
#include "dataplane/instance.h"

namespace {

constexpr int exit_cannot_start = 1;
constexpr int exit_usage = 2;

constexpr const char* usage =
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
constexpr long supervision_interval_ns = 100'000'000;

sluice::TimeNs monotonic_now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * sluice::ns_per_s + t.tv_nsec;
}

// Until one of the signals comes. A worker that stands still makes the service manager start the
// daemon anew.
void supervise(sluice::dataplane::Instance& instance, const sigset_t& ends) {
  using namespace sluice;
  const timespec interval{0, supervision_interval_ns};
  const TimeNs alive_interval_ns = service::alive_interval_ns();
  TimeNs told_at = monotonic_now();
  while (sigtimedwait(&ends, nullptr, &interval) < 0) {
    instance.supervise();
    const TimeNs now = monotonic_now();
    if (alive_interval_ns == 0 || now - told_at < alive_interval_ns) continue;
    if (!instance.workers_beat(now)) continue;
    service::tell_alive();
    told_at = now;
  }
}

int fail(int status, const std::string& why) {
  std::fprintf(stderr, "sluice-dataplane: %s\n", why.c_str());
  return status;
}

int run(const sluice::config::DaemonOptions& options) {
  using namespace sluice;
  // Blocked before EAL makes its threads, so that only this thread takes them, when it asks.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  const auto config = config::load_file(options.config_file);
  if (!config) return fail(exit_cannot_start, config.error().message);
  log::set_level(config->dataplane.log_level);
  auto instance = dataplane::Instance::start(*config, options.account);
  if (!instance) return fail(exit_cannot_start, instance.error().message);
  (*instance)->launch();
  service::tell_ready();
  supervise(**instance, ends);
  service::tell_stopping();
  instance->reset();
  log::info("dataplane", "stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  const auto options = sluice::config::parse_daemon_options(argc, argv, "group");
  if (!options) return fail(exit_usage, options.error().message);
  if (options->help) {
    std::fputs(usage, stdout);
    return 0;
  }
  if (options->version) {
    std::puts("sluice-dataplane " SLUICE_VERSION);
    return 0;
  }
  return run(*options);
}
