#include "controlplane/metrics/metrics_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>
#include <vector>

#include "controlplane/asio_address.h"
#include "controlplane/metrics/prometheus_text.h"

namespace sluice::metrics {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using net::ip::tcp;

namespace {

constexpr uint32_t header_bytes_max = 8 * 1'024;
constexpr std::chrono::milliseconds accept_pause{100};  // when the process has no descriptor left

}  // namespace

struct MetricsServer::Core : std::enable_shared_from_this<Core> {
  Core(net::io_context& context, Networks allowed, std::function<std::string()> make_text,
       const MetricsServerLimits& bounds)
      : io(context), networks(std::move(allowed)), text(std::move(make_text)), limits(bounds) {}

  class Connection;
  void accept(tcp::acceptor& acceptor);
  void admit(tcp::socket socket);

  net::io_context& io;
  const Networks networks;
  const std::function<std::string()> text;
  const MetricsServerLimits limits;
  std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
  std::size_t connections = 0;
};

class MetricsServer::Core::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Core> core, tcp::socket socket)
      : core_(std::move(core)), stream_(std::move(socket)) {
    ++core_->connections;
  }
  ~Connection() { --core_->connections; }

  void read() {
    parser_.header_limit(header_bytes_max);
    stream_.expires_after(core_->limits.timeout);
    http::async_read(stream_, buffer_, parser_,
                     [self = shared_from_this()](error_code failure, std::size_t) {
                       if (!failure) self->answer();
                     });
  }

 private:
  void answer() {
    const http::verb method = parser_.get().method();
    response_.version(11);
    response_.keep_alive(false);
    response_.set(http::field::content_type, "text/plain");
    if (parser_.get().target() != "/metrics") {
      response_.result(http::status::not_found);
      response_.body() = "there is /metrics\n";
    } else if (method != http::verb::get && method != http::verb::head) {
      response_.result(http::status::method_not_allowed);
      response_.set(http::field::allow, "GET, HEAD");
    } else {
      response_.set(http::field::content_type, prometheus_content_type);
      response_.body() = core_->text();
    }
    response_.prepare_payload();
    // RFC 9110 s9.3.2: the same header, and no content.
    if (method == http::verb::head) response_.body().clear();
    http::async_write(stream_, response_, [self = shared_from_this()](error_code, std::size_t) {
      error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    });
  }

  std::shared_ptr<Core> core_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> response_;
};

void MetricsServer::Core::accept(tcp::acceptor& acceptor) {
  acceptor.async_accept(
      [self = shared_from_this(), &acceptor](error_code failure, tcp::socket socket) {
        if (failure == net::error::operation_aborted || !acceptor.is_open()) return;
        if (!failure) {
          self->admit(std::move(socket));
          return self->accept(acceptor);
        }
        auto pause = std::make_shared<net::steady_timer>(self->io, accept_pause);
        pause->async_wait([self, &acceptor, pause](error_code) {
          if (acceptor.is_open()) self->accept(acceptor);
        });
      });
}

// A stranger takes no place from those who may read.
void MetricsServer::Core::admit(tcp::socket socket) {
  error_code failure;
  const tcp::endpoint remote = socket.remote_endpoint(failure);
  if (failure || !networks.contains(from_asio(remote.address()))) return;
  if (connections >= limits.connections_max) return;
  std::make_shared<Connection>(shared_from_this(), std::move(socket))->read();
}

MetricsServer::MetricsServer(net::io_context& io, Networks networks,
                             std::function<std::string()> text, const MetricsServerLimits& limits)
    : core_(std::make_shared<Core>(io, std::move(networks), std::move(text), limits)) {}

MetricsServer::~MetricsServer() {
  stop();
}

Result<uint16_t> MetricsServer::listen(const SocketAddress& address) {
  const tcp::endpoint endpoint(to_asio(address.ip), address.port);
  auto acceptor = std::make_unique<tcp::acceptor>(core_->io);
  error_code failure;
  acceptor->open(endpoint.protocol(), failure);
  if (!failure) acceptor->set_option(tcp::acceptor::reuse_address(true), failure);
  // "::" and "0.0.0.0" may then be listened on side by side.
  if (!failure && address.ip.is_v6()) acceptor->set_option(net::ip::v6_only(true), failure);
  if (!failure) acceptor->bind(endpoint, failure);
  if (!failure) acceptor->listen(net::socket_base::max_listen_connections, failure);
  if (failure) {
    return Error{"cannot listen on " + to_string(address) + " for metrics: " + failure.message()};
  }
  core_->acceptors.push_back(std::move(acceptor));
  return core_->acceptors.back()->local_endpoint(failure).port();
}

void MetricsServer::start() {
  for (const auto& acceptor : core_->acceptors) core_->accept(*acceptor);
}

void MetricsServer::stop() {
  error_code ignored;
  for (const auto& acceptor : core_->acceptors) acceptor->close(ignored);
}

}  // namespace sluice::metrics
