// GET /metrics and nothing else, for a process that serves no other HTTP: plain, one answer per
// connection. One thread: the io_context's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/ip.h"
#include "common/base/result.h"
#include "controlplane/metrics/networks.h"

namespace sluice::metrics {

struct MetricsServerLimits {
  std::size_t connections_max = 16;
  // From the connection to the end of the answer.
  std::chrono::milliseconds timeout{10'000};
};

class MetricsServer {
 public:
  // Whoever is in none of the networks is hung up on. `text` makes what is answered, each time.
  MetricsServer(boost::asio::io_context& io, Networks networks, std::function<std::string()> text,
                const MetricsServerLimits& limits = {});
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  // Returns the port, which is chosen when that of `address` is 0. Errors name the address.
  Result<uint16_t> listen(const SocketAddress& address);
  void start();
  void stop();

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace sluice::metrics
