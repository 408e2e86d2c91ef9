#include "controlplane/ice_tcp/gateway.h"

#include <boost/asio/ip/v6_only.hpp>
#include <chrono>
#include <utility>

#include "controlplane/asio_address.h"

namespace sluice::ice_tcp {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds sweep_interval{1'000};
constexpr std::chrono::milliseconds accept_pause{100};  // when the process has no descriptor left

}  // namespace

Gateway::Gateway(asio::io_context& io, std::size_t connections_max, const FlowLimits& limits)
    : io_(io), connections_max_(connections_max), limits_(limits), sweep_timer_(io) {}

Result<uint16_t> Gateway::listen(const IpAddress& address, uint16_t port,
                                 const SocketAddress& worker) {
  const tcp::endpoint endpoint(to_asio(address), port);
  error_code failure;
  tcp::acceptor acceptor(io_);
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  // "::" and "0.0.0.0" may then be listened on side by side.
  if (!failure && address.is_v6()) acceptor.set_option(asio::ip::v6_only(true), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) {
    return Error{"cannot listen on " + to_string(SocketAddress{address, port, 0}) + ": " +
                 failure.message()};
  }
  const uint16_t bound = acceptor.local_endpoint(failure).port();
  doors_.push_back(std::make_unique<Door>(
      Door{std::move(acceptor), udp::endpoint(to_asio(worker.ip), worker.port)}));
  return bound;
}

void Gateway::start() {
  for (const auto& door : doors_) accept(*door);
  sweep();
}

void Gateway::stop() {
  error_code ignored;
  for (const auto& door : doors_) door->acceptor.close(ignored);
  for (const auto& flow : flows_) flow->close();
  flows_.clear();
  sweep_timer_.cancel();
}

void Gateway::accept(Door& door) {
  door.acceptor.async_accept([this, &door](error_code failure, tcp::socket client) {
    if (failure == asio::error::operation_aborted) return;
    if (!failure) {
      admit(std::move(client), door);
      return accept(door);
    }
    ++counters_.failed;
    auto pause = std::make_shared<asio::steady_timer>(io_, accept_pause);
    pause->async_wait([this, &door, pause](error_code) {
      if (door.acceptor.is_open()) accept(door);
    });
  });
}

void Gateway::admit(tcp::socket client, const Door& door) {
  if (flows_.size() >= connections_max_) {
    ++counters_.refused_full;
    return;
  }
  auto flow = std::make_shared<Flow>(std::move(client), limits_, counters_);
  if (flow->start(door.worker)) {
    flows_.insert(std::move(flow));
  } else {
    ++counters_.failed;
  }
}

void Gateway::sweep() {
  const auto now = Flow::Clock::now();
  std::erase_if(flows_, [now](const std::shared_ptr<Flow>& flow) { return flow->sweep(now); });
  sweep_timer_.expires_after(sweep_interval);
  sweep_timer_.async_wait([this](error_code failure) {
    if (!failure) sweep();
  });
}

}  // namespace sluice::ice_tcp
