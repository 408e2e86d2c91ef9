#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <optional>

#include "controlplane/asio_address.h"
#include "controlplane/signaling/server_core.h"
#include "controlplane/signaling/websocket_session.h"

namespace sluice::signaling {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

std::string text_of(beast::string_view s) {
  return {s.data(), s.size()};
}

// RFC 6750 s2.1; RFC 9110 s11.1: the scheme ignores case.
std::string bearer_of(beast::string_view authorization) {
  constexpr beast::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size() ||
      !beast::iequals(authorization.substr(0, scheme.size()), scheme)) {
    return {};
  }
  return text_of(authorization.substr(scheme.size()));
}

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(ServerCore& core, net::ip::tcp::socket socket, net::ssl::context* tls,
              const IpAddress& remote, std::unique_ptr<Connections::Place> place)
      : core_(core), place_(std::move(place)), remote_(remote) {
    stream_.emplace(std::move(socket), tls);
  }

  void start() {
    place_->on_drop([this] { stream_->tcp().close(); });
    place_->waits();
    if (stream_->tls() == nullptr) return read_next();
    stream_->tcp().expires_after(core_.limits.read_timeout);
    stream_->tls()->async_handshake(net::ssl::stream_base::server,
                                    [self = shared_from_this()](error_code e) {
                                      if (!e) return self->read_next();
                                      self->on_no_handshake(e);
                                    });
  }

 private:
  // Who just goes away, or makes room, is at no fault.
  void on_no_handshake(error_code failure) {
    if (failure == beast::error::timeout || failure.category() == net::error::get_ssl_category())
      core_.refusals.count(Refusal::handshake);
  }

  void read_next() {
    place_->waits();
    parser_.emplace();
    parser_->header_limit(core_.limits.header_bytes_max);
    parser_->body_limit(core_.limits.body_bytes_max);
    // One deadline for the whole request: sending it byte by byte does not extend it.
    stream_->tcp().expires_after(core_.limits.read_timeout);
    http::async_read(*stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code e, std::size_t) { self->on_read(e); });
  }

  void on_read(error_code failure) {
    if (failure == http::error::header_limit) {
      core_.refusals.count(Refusal::large_request);
      return answer_and_close(error_response(ErrorCode::too_large, "header too large"), 431);
    }
    if (failure == http::error::body_limit) {
      core_.refusals.count(Refusal::large_request);
      return answer_and_close(error_response(ErrorCode::too_large, "body too large"), 413);
    }
    if (failure.category() == http::make_error_code(http::error::bad_value).category() &&
        failure != http::error::end_of_stream && failure != http::error::partial_message) {
      core_.refusals.count(Refusal::bad_request);
      return answer_and_close(error_response(ErrorCode::bad_request, "not an HTTP request"), 400);
    }
    // Without a byte of a request it was idle.
    if (failure == beast::error::timeout && parser_->got_some()) {
      core_.refusals.count(Refusal::slow_request);
    }
    if (failure || core_.stopping) return;  // timeout, reset, or the client is done
    stream_->tcp().expires_never();         // from here it is our turn
    place_->is_served();
    keep_alive_ = parser_->get().keep_alive();
    head_only_ = parser_->get().method() == http::verb::head;
    if (beast::websocket::is_upgrade(parser_->get())) return ask_upgrade();
    core_.user.on_request(take_request(), [self = shared_from_this()](HttpResponse response) {
      self->answer(std::move(response));
    });
  }

  HttpRequest take_request() {
    auto& in = parser_->get();
    HttpRequest out;
    out.method = head_only_ ? "GET" : text_of(in.method_string());
    const std::string target = text_of(in.target());
    const std::size_t mark = target.find('?');
    out.path = target.substr(0, mark);
    if (mark != std::string::npos) out.query = target.substr(mark + 1);
    out.host = text_of(in[http::field::host]);
    out.bearer = bearer_of(in[http::field::authorization]);
    out.content_type = text_of(in[http::field::content_type]);
    out.accept = text_of(in[http::field::accept]);
    out.if_match = text_of(in[http::field::if_match]);
    out.if_none_match = text_of(in[http::field::if_none_match]);
    out.websocket_protocols = text_of(in[http::field::sec_websocket_protocol]);
    out.body = in.body();
    out.is_tls = stream_->tls() != nullptr;
    out.remote = remote_;
    return out;
  }

  void ask_upgrade() {
    core_.user.on_upgrade(take_request(), [self = shared_from_this()](ServerUser::Upgrade upgrade) {
      self->on_upgrade_reply(std::move(upgrade));
    });
  }

  void on_upgrade_reply(ServerUser::Upgrade upgrade) {
    if (upgrade.refusal) return answer(std::move(*upgrade.refusal));
    place_->opens();
    start_websocket_session(core_, std::move(*stream_), parser_->release(), std::move(upgrade),
                            std::move(place_));
    stream_.reset();
  }

  void answer_and_close(HttpResponse response, unsigned status) {
    keep_alive_ = false;
    response.status = status;
    answer(std::move(response));
  }

  void answer(HttpResponse response) {
    response_ = {};
    response_.version(11);
    response_.result(response.status);
    response_.set(http::field::server, "sluice");
    response_.set("X-Content-Type-Options", "nosniff");
    if (!response.content_type.empty()) {
      response_.set(http::field::content_type, response.content_type);
    }
    for (const auto& [name, value] : response.headers) response_.insert(name, value);
    response_.keep_alive(keep_alive_ && !core_.stopping);
    // RFC 9110 s9.3.2: a HEAD response says the length it would have had; s8.6: these two say none.
    if (response.status != 204 && response.status != 304)
      response_.content_length(response.body.size());
    if (!head_only_) response_.body() = std::move(response.body);
    place_->waits();
    stream_->tcp().expires_after(core_.limits.write_timeout);
    const auto on_done = [self = shared_from_this()](error_code e, std::size_t) {
      self->on_written(e);
    };
    if (!head_only_) return http::async_write(*stream_, response_, on_done);
    serializer_.emplace(response_);
    serializer_->split(true);
    http::async_write_header(*stream_, *serializer_, on_done);
  }

  void on_written(error_code failure) {
    if (failure == beast::error::timeout) core_.refusals.count(Refusal::slow_reader);
    if (failure) return;
    place_->is_served();
    if (response_.keep_alive()) return read_next();
    finish_writing();
  }

  // Closing with unread bytes in the socket would reset the connection and could take the answer
  // with it (RFC 9112 s9.6): say that nothing more comes and read what is under way, for a bounded
  // time and amount.
  void finish_writing() {
    place_->lingers();
    if (stream_->tls() != nullptr) {
      stream_->tcp().expires_after(core_.limits.close_timeout);
      stream_->tls()->async_shutdown([self = shared_from_this()](error_code) {});
      return;
    }
    error_code ignored;
    stream_->tcp().socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
    stream_->tcp().expires_after(core_.limits.close_timeout);
    linger(0);
  }

  void linger(std::size_t read_so_far) {
    constexpr std::size_t linger_bytes_max = 256 * 1'024;
    if (read_so_far > linger_bytes_max) return;
    buffer_.consume(buffer_.size());
    stream_->tcp().async_read_some(buffer_.prepare(8'192), [self = shared_from_this(), read_so_far](
                                                               error_code e, std::size_t n) {
      if (!e) self->linger(read_so_far + n);
    });
  }

  ServerCore& core_;
  std::unique_ptr<Connections::Place> place_;
  IpAddress remote_;
  std::optional<Stream> stream_;  // gone once it became a WebSocket
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  bool keep_alive_ = false;
  bool head_only_ = false;
};

}  // namespace

void start_http_session(ServerCore& core, net::ip::tcp::socket socket, net::ssl::context* tls,
                        const IpAddress& remote, std::unique_ptr<Connections::Place> place) {
  std::make_shared<HttpSession>(core, std::move(socket), tls, remote, std::move(place))->start();
}

}  // namespace sluice::signaling
