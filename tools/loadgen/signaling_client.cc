#include "tools/loadgen/signaling_client.h"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>

#include "tools/loadgen/connector.h"

namespace sluice::loadgen {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

// A welcome lists everybody.
constexpr std::size_t message_bytes_max = 16 * 1'024 * 1'024;

class Client final : public SignalingClient, public std::enable_shared_from_this<Client> {
 public:
  Client(Connector& connector, const Url& url, const std::string& token, Events events)
      : connector_(connector),
        url_(url),
        protocols_("sluice.v1, token." + token),
        events_(std::move(events)),
        socket_(std::move(*connector.make(url))) {}

  void start() {
    connector_.connect(socket_.next_layer(), url_,
                       [self = shared_from_this()](const std::string& failure) {
                         if (!failure.empty()) return self->finish(failure);
                         self->upgrade();
                       });
  }

  void send(const nlohmann::json& message) override {
    queue_.push_back(message.dump());
    if (open_ && queue_.size() == 1) write_next();
  }

  void close() override {
    closing_ = true;
    if (!open_) return socket_.next_layer().tcp().close();
    send({{"type", "leave"}});
  }

 private:
  void upgrade() {
    socket_.next_layer().tcp().expires_never();  // the WebSocket has times of its own
    socket_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::client));
    socket_.read_message_max(message_bytes_max);
    socket_.set_option(websocket::stream_base::decorator([this](websocket::request_type& r) {
      r.set(beast::http::field::sec_websocket_protocol, protocols_);
      r.set(beast::http::field::user_agent, "sluice-loadgen");
    }));
    socket_.async_handshake(url_.authority(), url_.path,
                            [self = shared_from_this()](const error_code& e) {
                              if (e) return self->finish("WebSocket: " + e.message());
                              self->on_open();
                            });
  }

  void on_open() {
    open_ = true;
    socket_.text(true);
    if (!queue_.empty()) write_next();
    if (!closing_) events_.on_open();
    read_next();
  }

  void read_next() {
    socket_.async_read(buffer_, [self = shared_from_this()](const error_code& e, std::size_t) {
      if (e) return self->on_read_failure(e);
      const std::string text = beast::buffers_to_string(self->buffer_.data());
      self->buffer_.consume(self->buffer_.size());
      if (!self->closing_) self->events_.on_message(text);
      self->read_next();
    });
  }

  void on_read_failure(const error_code& e) {
    const auto& reason = socket_.reason();
    finish(reason.code != 0 ? "closed by the server: " + std::to_string(reason.code) + " " +
                                  std::string(reason.reason.c_str())
                            : "WebSocket: " + e.message());
  }

  void write_next() {
    socket_.async_write(boost::asio::buffer(queue_.front()),
                        [self = shared_from_this()](const error_code& e, std::size_t) {
                          if (e) return;  // the read fails too
                          self->queue_.pop_front();
                          if (!self->queue_.empty()) self->write_next();
                        });
  }

  void finish(const std::string& why) {
    open_ = false;
    if (!std::exchange(closing_, true)) events_.on_closed(why);
  }

  Connector& connector_;
  Url url_;
  std::string protocols_;
  Events events_;
  websocket::stream<ByteStream> socket_;
  beast::flat_buffer buffer_;
  std::deque<std::string> queue_;
  bool open_ = false;
  bool closing_ = false;
};

}  // namespace

std::shared_ptr<SignalingClient> SignalingClient::open(Connector& connector, const Url& url,
                                                       const std::string& token, Events events) {
  auto client = std::make_shared<Client>(connector, url, token, std::move(events));
  client->start();
  return client;
}

}  // namespace sluice::loadgen
