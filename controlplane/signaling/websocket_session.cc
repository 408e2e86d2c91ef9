#include "controlplane/signaling/websocket_session.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>

#include "common/log/log.h"
#include "controlplane/signaling/rate_limit.h"

namespace sluice::signaling {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

TimeNs now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
      .count();
}

class Session final : public WebSocketSession, public std::enable_shared_from_this<Session> {
 public:
  Session(ServerCore& core, Stream stream, http::request<http::string_body> request,
          ServerUser::Upgrade upgrade, std::unique_ptr<Connections::Place> place)
      : core_(core),
        socket_(std::move(stream)),
        request_(std::move(request)),
        upgrade_(std::move(upgrade)),
        place_(std::move(place)),
        closing_timer_(core.io),
        rate_(core.limits.message_burst, core.limits.messages_per_s) {}

  void start() {
    socket_.next_layer().tcp().expires_never();  // the WebSocket has times of its own
    websocket::stream_base::timeout times{};
    times.handshake_timeout = core_.limits.read_timeout;
    times.idle_timeout = core_.limits.silence_max;
    times.keep_alive_pings = true;
    socket_.set_option(times);
    socket_.read_message_max(message_bytes_max);
    socket_.set_option(
        websocket::stream_base::decorator([protocol = upgrade_.protocol](auto& response) {
          response.set(http::field::server, "sluice");
          response.set(http::field::sec_websocket_protocol, protocol);
        }));
    socket_.async_accept(request_,
                         [self = shared_from_this()](error_code e) { self->on_accepted(e); });
  }

  void send(Text text) override {
    if (closing_) return;
    queued_bytes_ += text->size();
    queue_.push_back(std::move(text));
    if (queued_bytes_ > core_.limits.queued_bytes_max ||
        queue_.size() > core_.limits.queued_messages_max) {
      log::info("signaling", "client does not read, dropped", {{"queued_bytes", queued_bytes_}});
      core_.refusals.count(Refusal::slow_reader);
      closing_ = true;
      return drop();
    }
    if (queue_.size() == 1) write_next();
  }

  void close(CloseCode code, std::string_view reason) override {
    if (closing_) return;
    closing_ = true;
    reason_.code = static_cast<uint16_t>(code);
    reason = reason.substr(0, reason_.reason.max_size());
    reason_.reason.assign(reason.data(), reason.size());
    closing_timer_.expires_after(core_.limits.close_timeout);
    closing_timer_.async_wait([self = shared_from_this()](error_code e) {
      if (!e) self->drop();
    });
    if (queue_.empty()) say_goodbye();
  }

 private:
  void on_accepted(error_code failure) {
    if (failure) return;
    if (core_.stopping) return drop();
    id_ = ++core_.last_websocket;
    core_.websockets[id_] = shared_from_this();
    upgrade_.on_open(id_);
    upgrade_ = {};
    request_ = {};
    read_next();
  }

  void read_next() {
    socket_.async_read(
        buffer_, [self = shared_from_this()](error_code e, std::size_t) { self->on_read(e); });
  }

  void on_read(error_code failure) {
    if (failure) {
      if (!closing_) count_fault(failure);
      return finish();
    }
    // Reading goes on while closing: it takes the peer's half of the closing handshake.
    if (!closing_) take_message();
    buffer_.consume(buffer_.size());
    read_next();
  }

  // Who just goes away is at no fault.
  void count_fault(error_code failure) {
    if (failure == websocket::error::message_too_big) {
      core_.refusals.count(Refusal::large_message);
    } else if (failure == websocket::condition::protocol_violation) {
      core_.refusals.count(Refusal::bad_message);
    }
  }

  void take_message() {
    if (!socket_.got_text()) {
      core_.refusals.count(Refusal::bad_message);
      return close(CloseCode::protocol_error, "text messages only");
    }
    if (!rate_.take(now_ns())) {
      core_.refusals.count(Refusal::many_messages);
      return close(CloseCode::protocol_error, "too many messages");
    }
    const auto bytes = buffer_.data();
    core_.user.on_text(id_, {static_cast<const char*>(bytes.data()), bytes.size()});
  }

  void write_next() {
    socket_.text(true);
    socket_.async_write(
        net::buffer(*queue_.front()),
        [self = shared_from_this()](error_code e, std::size_t) { self->on_written(e); });
  }

  void on_written(error_code failure) {
    if (failure) return;  // the read fails too and finishes
    queued_bytes_ -= queue_.front()->size();
    queue_.pop_front();
    if (!queue_.empty()) return write_next();
    if (closing_) say_goodbye();
  }

  void say_goodbye() {
    socket_.async_close(reason_, [self = shared_from_this()](error_code) { self->drop(); });
  }

  void drop() {
    closing_timer_.cancel();
    socket_.next_layer().tcp().close();
  }

  void finish() {
    closing_ = true;
    closing_timer_.cancel();
    if (core_.websockets.erase(id_) > 0) core_.user.on_closed(id_);
  }

  ServerCore& core_;
  websocket::stream<Stream> socket_;
  http::request<http::string_body> request_;
  ServerUser::Upgrade upgrade_;
  std::unique_ptr<Connections::Place> place_;
  net::steady_timer closing_timer_;
  RateLimit rate_;
  beast::flat_buffer buffer_;
  std::deque<Text> queue_;  // the first is being written
  std::size_t queued_bytes_ = 0;
  websocket::close_reason reason_;
  bool closing_ = false;
  WebSocketId id_ = 0;
};

}  // namespace

void start_websocket_session(ServerCore& core, Stream stream,
                             http::request<http::string_body> request, ServerUser::Upgrade upgrade,
                             std::unique_ptr<Connections::Place> place) {
  std::make_shared<Session>(core, std::move(stream), std::move(request), std::move(upgrade),
                            std::move(place))
      ->start();
}

}  // namespace sluice::signaling
