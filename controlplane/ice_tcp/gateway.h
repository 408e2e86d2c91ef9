// ICE over TCP (RFC 6544) for clients whose network lets no UDP through: a port for each worker,
// and each client on it a UDP flow to that worker. Single-threaded.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <unordered_set>
#include <vector>

#include "common/config/config.h"
#include "controlplane/ice_tcp/flow.h"

namespace sluice::ice_tcp {

struct GatewayCounters : FlowCounters {
  uint64_t refused_full = 0;  // connections_max reached
  uint64_t failed = 0;        // no socket to be had
  bool operator==(const GatewayCounters&) const = default;
};

class Gateway {
 public:
  Gateway(boost::asio::io_context& io, std::size_t connections_max, const FlowLimits& limits);
  Gateway(boost::asio::io_context& io, std::size_t connections_max)
      : Gateway(io, connections_max, FlowLimits{}) {}

  // Whoever connects here talks to that worker. Returns the port, which is chosen when `port` is 0.
  // Errors name the address.
  Result<uint16_t> listen(const IpAddress& address, uint16_t port, const SocketAddress& worker);
  void start();
  // Ends all flows.
  void stop();

  std::size_t size() const { return flows_.size(); }
  const GatewayCounters& counters() const { return counters_; }

 private:
  struct Door {
    boost::asio::ip::tcp::acceptor acceptor;
    boost::asio::ip::udp::endpoint worker;
  };
  void accept(Door& door);
  void admit(boost::asio::ip::tcp::socket client, const Door& door);
  void sweep();

  boost::asio::io_context& io_;
  const std::size_t connections_max_;
  const FlowLimits limits_;
  GatewayCounters counters_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::unordered_set<std::shared_ptr<Flow>> flows_;
  boost::asio::steady_timer sweep_timer_;
};

}  // namespace sluice::ice_tcp
