#include "controlplane/admin/admin_server.h"

#include <admin.pb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "common/log/log.h"

namespace sluice::admin {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using Protocol = net::local::stream_protocol;

constexpr std::chrono::seconds idle_timeout{30};

std::array<uint8_t, 4> write_length(std::size_t length) {
  return {static_cast<uint8_t>(length >> 24), static_cast<uint8_t>(length >> 16),
          static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)};
}

uint32_t read_length(const std::array<uint8_t, 4>& b) {
  return static_cast<uint32_t>(b[0]) << 24 | static_cast<uint32_t>(b[1]) << 16 |
         static_cast<uint32_t>(b[2]) << 8 | b[3];
}

}  // namespace

struct AdminServer::Core : std::enable_shared_from_this<Core> {
  Core(net::io_context& context, Answer give_answer)
      : io(context), answer(std::move(give_answer)), acceptor(context) {}

  class Connection;
  void accept_next();

  net::io_context& io;
  Answer answer;
  Protocol::acceptor acceptor;
  std::string path;
  std::size_t connections = 0;
};

class AdminServer::Core::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Core> core, Protocol::socket socket)
      : core_(std::move(core)), socket_(std::move(socket)), timer_(core_->io) {
    ++core_->connections;
  }
  ~Connection() { --core_->connections; }

  void read_request() {
    timer_.expires_after(idle_timeout);
    timer_.async_wait([weak = weak_from_this()](error_code e) {
      if (e) return;
      if (const auto self = weak.lock()) self->socket_.close();
    });
    net::async_read(socket_, net::buffer(length_),
                    [self = shared_from_this()](error_code e, std::size_t) {
                      if (e) return;
                      const uint32_t length = read_length(self->length_);
                      if (length <= request_bytes_max) self->read_body(length);
                    });
  }

 private:
  void read_body(uint32_t length) {
    body_.resize(length);
    net::async_read(socket_, net::buffer(body_),
                    [self = shared_from_this()](error_code e, std::size_t) {
                      if (!e) self->write_answer();
                    });
  }

  void write_answer() {
    schema::AdminRequest request;
    schema::AdminResponse response;
    if (request.ParseFromArray(body_.data(), static_cast<int>(body_.size()))) {
      response = core_->answer(request);
    } else {
      response.set_error("not an AdminRequest");
    }
    body_ = response.SerializeAsString();
    length_ = write_length(body_.size());
    const std::array<net::const_buffer, 2> out = {net::buffer(length_), net::buffer(body_)};
    net::async_write(socket_, out, [self = shared_from_this()](error_code e, std::size_t) {
      if (!e) self->read_request();
    });
  }

  std::shared_ptr<Core> core_;
  Protocol::socket socket_;
  net::steady_timer timer_;
  std::array<uint8_t, 4> length_{};
  std::string body_;
};

void AdminServer::Core::accept_next() {
  acceptor.async_accept([self = shared_from_this()](error_code e, Protocol::socket socket) {
    if (e == net::error::operation_aborted || !self->acceptor.is_open()) return;
    if (e) {
      log::warning("admin", "cannot accept", {{"error", e.message()}});
    } else if (self->connections < connections_max) {
      std::make_shared<Connection>(self, std::move(socket))->read_request();
    }
    self->accept_next();
  });
}

AdminServer::AdminServer(net::io_context& io, Answer answer)
    : core_(std::make_shared<Core>(io, std::move(answer))) {}

AdminServer::~AdminServer() {
  stop();
  if (!core_->path.empty()) unlink(core_->path.c_str());
}

Status AdminServer::listen(const std::string& path, int owner, int group) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{path + ": control.admin_socket has 1 to 107 characters"};
  }
  const Protocol::endpoint endpoint(path);
  error_code failure;
  Protocol::socket probe(core_->io);
  probe.connect(endpoint, failure);
  if (!failure) return Error{path + ": another sluice-control answers there"};
  struct stat about {};
  if (lstat(path.c_str(), &about) == 0) {
    if (!S_ISSOCK(about.st_mode)) return Error{path + ": exists and is no socket"};
    unlink(path.c_str());
  }
  failure = {};
  core_->acceptor.open(endpoint.protocol(), failure);
  const mode_t before = umask(0117);
  if (!failure) core_->acceptor.bind(endpoint, failure);
  umask(before);
  if (!failure) core_->acceptor.listen(net::socket_base::max_listen_connections, failure);
  if (failure) return Error{path + ": " + failure.message()};
  core_->path = path;
  if ((owner >= 0 || group >= 0) &&
      chown(path.c_str(), static_cast<uid_t>(owner), static_cast<gid_t>(group)) != 0) {
    return Error{path + ": cannot be given to the daemon's user: " + std::strerror(errno)};
  }
  return {};
}

void AdminServer::start() {
  core_->accept_next();
}

void AdminServer::stop() {
  error_code ignored;
  core_->acceptor.close(ignored);
}

}  // namespace sluice::admin
