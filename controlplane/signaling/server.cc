#include "controlplane/signaling/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/log/log.h"
#include "controlplane/asio_address.h"
#include "controlplane/signaling/server_core.h"

namespace sluice::signaling {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

constexpr std::chrono::milliseconds accept_pause{100};  // when the process has no descriptor left

// Between two of these everybody who is connected has a turn, and a newcomer may be behind many.
constexpr int accepts_at_once = 64;

void admit(ServerCore& core, ListeningSocket& listener, tcp::socket socket) {
  error_code ignored;
  const IpAddress remote = from_asio(socket.remote_endpoint(ignored).address());
  auto place = listener.connections->admit(remote);
  if (!place) return;
  socket.set_option(tcp::no_delay(true), ignored);
  start_http_session(core, std::move(socket), listener.tls ? &listener.tls->context() : nullptr,
                     remote, std::move(place));
}

void accept_next(ServerCore& core, ListeningSocket& listener);

void on_accepted(ServerCore& core, ListeningSocket& listener, error_code failure,
                 tcp::socket socket) {
  if (failure == net::error::operation_aborted || core.stopping) return;
  if (failure) {
    log::warning("signaling", "cannot accept", {{"error", failure.message()}});
    auto timer = std::make_shared<net::steady_timer>(core.io, accept_pause);
    timer->async_wait([&core, &listener, timer](error_code stopped) {
      if (!stopped && !core.stopping) accept_next(core, listener);
    });
    return;
  }
  admit(core, listener, std::move(socket));
  for (int i = 1; i < accepts_at_once; ++i) {
    tcp::socket next(core.io);
    listener.acceptor.accept(next, failure);
    if (failure) break;  // nobody, or what the next one finds as well
    admit(core, listener, std::move(next));
  }
  accept_next(core, listener);
}

void accept_next(ServerCore& core, ListeningSocket& listener) {
  listener.acceptor.async_accept([&core, &listener](error_code failure, tcp::socket socket) {
    on_accepted(core, listener, failure, std::move(socket));
  });
}

void refresh_certificates(ServerCore& core) {
  for (const auto& listener : core.listeners) {
    if (!listener->tls) continue;
    const auto read = listener->tls->refresh();
    if (!read) {
      log::error("signaling", "certificate not read again, the earlier one serves on",
                 {{"reason", read.error().message}});
    } else if (*read) {
      log::info("signaling", "certificate read again");
    }
  }
  core.certificate_timer.expires_after(core.limits.certificate_interval);
  core.certificate_timer.async_wait([&core](error_code stopped) {
    if (!stopped) refresh_certificates(core);
  });
}

}  // namespace

Server::Server(net::io_context& io, ServerUser& user, const ServerLimits& limits)
    : core_(new ServerCore{io, user, limits, {}, {}, 0, {}, false}) {}

Server::~Server() = default;

Result<uint16_t> Server::listen(const config::Listener& listener) {
  std::optional<TlsFiles> tls;
  if (!listener.certificate_file.empty()) {
    auto files = TlsFiles::load(listener);
    if (!files) return files.error();
    tls = std::move(*files);
  }
  const tcp::endpoint endpoint(to_asio(listener.address), listener.port);
  const std::string name =
      to_string(SocketAddress{.ip = listener.address, .port = listener.port, .reserved = 0});
  error_code failure;
  tcp::acceptor acceptor(core_->io);
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  // "::" and "0.0.0.0" may then be listened on side by side.
  if (!failure && listener.address.is_v6()) acceptor.set_option(net::ip::v6_only(true), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(net::socket_base::max_listen_connections, failure);
  if (!failure) acceptor.non_blocking(true, failure);
  if (failure) return Error{"cannot listen on " + name + ": " + failure.message()};
  const uint16_t port = acceptor.local_endpoint(failure).port();
  core_->listeners.push_back(std::make_unique<ListeningSocket>(
      ListeningSocket{std::move(acceptor), std::move(tls),
                      std::make_shared<Connections>(core_->limits.connections)}));
  return port;
}

void Server::start() {
  for (const auto& listener : core_->listeners) accept_next(*core_, *listener);
  refresh_certificates(*core_);
}

void Server::stop() {
  core_->stopping = true;
  core_->certificate_timer.cancel();
  error_code ignored;
  for (const auto& listener : core_->listeners) listener->acceptor.close(ignored);
  const auto open = core_->websockets;  // closing may take them out of the map
  for (const auto& [id, session] : open) session->close(CloseCode::going_away, "the daemon stops");
}

void Server::send(WebSocketId id, Text text) {
  const auto at = core_->websockets.find(id);
  if (at != core_->websockets.end()) at->second->send(std::move(text));
}

void Server::close(WebSocketId id, CloseCode code, std::string_view reason) {
  const auto at = core_->websockets.find(id);
  if (at == core_->websockets.end()) return;
  const auto session = at->second;
  session->close(code, reason);
}

const Refusals& Server::refusals() const {
  return core_->refusals;
}

std::size_t Server::connection_count() const {
  std::size_t count = 0;
  for (const auto& listener : core_->listeners) count += listener->connections->open();
  return count;
}

ConnectionCounts Server::connection_counts() const {
  ConnectionCounts sum;
  for (const auto& listener : core_->listeners) {
    sum.refused += listener->connections->counts().refused;
    sum.dropped += listener->connections->counts().dropped;
  }
  return sum;
}

std::size_t Server::websocket_count() const {
  return core_->websockets.size();
}

}  // namespace sluice::signaling
