// sluice-ice-tcp: a way in over TCP, beside the data plane. See gateway.h.
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <optional>
#include <utility>

#include "common/config/config.h"
#include "common/config/daemon_options.h"
#include "common/log/log.h"
#include "controlplane/ice_tcp/gateway.h"
#include "controlplane/ice_tcp/gateway_metrics.h"
#include "controlplane/ice_tcp/media_address.h"
#include "controlplane/ice_tcp/report.h"
#include "controlplane/metrics/metrics_server.h"
#include "controlplane/metrics/networks.h"
#include "controlplane/metrics/prometheus_text.h"
#include "controlplane/privileges.h"
#include "controlplane/service_watch.h"

namespace {

using namespace sluice;

constexpr int exit_cannot_start = 1;
constexpr int exit_usage = 2;

constexpr const char* usage =
    "usage: sluice-ice-tcp [--config FILE] [--user NAME]\n"
    "\n"
    "Takes clients whose network lets no UDP through on TCP (RFC 6544), and passes what they send\n"
    "to the workers' UDP ports. Listens where `ice_tcp.listen` of the configuration says.\n"
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
  std::fprintf(stderr, "sluice-ice-tcp: %s\n", why.c_str());
  return status;
}

Status listen(ice_tcp::Gateway& gateway, const config::Config& config) {
  if (config.ice_tcp.listeners.empty()) {
    return Error{"ice_tcp.listen: names no address; at least one with address and port"};
  }
  for (const config::IceTcpListener& listener : config.ice_tcp.listeners) {
    const auto media = ice_tcp::media_address(config, listener.address.family);
    if (!media) return media.error();
    for (std::size_t worker = 0; worker < config.dataplane.cores.size(); ++worker) {
      const auto at = static_cast<uint16_t>(worker);
      const auto bound =
          gateway.listen(listener.address, static_cast<uint16_t>(listener.port + at),
                         {*media, static_cast<uint16_t>(config.dataplane.udp_port_base + at), 0});
      if (!bound) return bound.error();
      log::info("ice_tcp", "listening", {{"port", *bound}, {"worker", worker}});
    }
  }
  return {};
}

Status listen(metrics::MetricsServer& server, const config::Config& config) {
  for (const SocketAddress& listener : config.ice_tcp.metrics_listeners) {
    const auto bound = server.listen(listener);
    if (!bound) return bound.error();
    log::info("ice_tcp", "metrics", {{"port", *bound}});
  }
  return {};
}

int start(const config::DaemonOptions& options) {
  const auto config = config::load_file(options.config_file);
  if (!config) return fail(exit_cannot_start, config.error().message);
  log::set_level(config->ice_tcp.log_level);
  std::optional<Account> account;
  if (!options.account.empty()) {
    const auto found = find_account(options.account);
    if (!found) return fail(exit_cannot_start, found.error().message);
    if (found->uid != geteuid()) account = *found;
  } else if (geteuid() == 0) {
    return fail(exit_cannot_start, "does not run as root; name a user with --user");
  }
  auto networks = metrics::Networks::parse(config->ice_tcp.metrics_networks);
  if (!networks) return fail(exit_cannot_start, networks.error().message);
  raise_descriptor_limit();
  boost::asio::io_context io{1};
  ice_tcp::Gateway gateway(io, config->ice_tcp.connections_max);
  if (const auto bound = listen(gateway, *config); !bound) {
    return fail(exit_cannot_start, bound.error().message);
  }
  const ice_tcp::GatewayMetrics numbers(gateway);
  metrics::MetricsServer metrics_server(
      io, std::move(*networks), [&numbers] { return metrics::to_prometheus_text({&numbers}); });
  if (const auto bound = listen(metrics_server, *config); !bound) {
    return fail(exit_cannot_start, bound.error().message);
  }
  if (account) {
    if (const auto became = become(*account); !became) {
      return fail(exit_cannot_start, became.error().message);
    }
  }
  if (const auto hard = harden(); !hard) return fail(exit_cannot_start, hard.error().message);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](boost::system::error_code failure, int) {
    if (failure) return;
    ServiceWatch::stopping();
    io.stop();
  });
  ServiceWatch watch(io);
  ice_tcp::Report report(io, gateway);
  gateway.start();
  metrics_server.start();
  report.start();
  log::info("ice_tcp", "ready", {{"version", SLUICE_VERSION}});
  watch.start();
  io.run();
  gateway.stop();
  report.write();
  log::info("ice_tcp", "stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto options = config::parse_daemon_options(argc, argv, "user");
  if (!options) return fail(exit_usage, options.error().message);
  if (options->help) {
    std::fputs(usage, stdout);
    return 0;
  }
  if (options->version) {
    std::puts("sluice-ice-tcp " SLUICE_VERSION);
    return 0;
  }
  return start(*options);
}
