// A TCP connection with or without TLS behind one type, so that HTTP and WebSocket code is made
// once. For the signaling files only.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <memory>
#include <optional>
#include <utility>

namespace sluice::loadgen {

class ByteStream {
 public:
  using Tcp = boost::beast::tcp_stream;
  using Tls = boost::beast::ssl_stream<Tcp&>;
  using executor_type = Tcp::executor_type;

  // `tls`: null for plain TCP.
  ByteStream(boost::asio::io_context& io, boost::asio::ssl::context* tls)
      : tcp_(std::make_unique<Tcp>(io)) {
    if (tls != nullptr) tls_ = std::make_unique<Tls>(*tcp_, *tls);
  }

  executor_type get_executor() { return tcp_->get_executor(); }
  Tcp& tcp() { return *tcp_; }
  Tls* tls() { return tls_.get(); }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Handler>(handler));
    tcp_->async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Handler>(handler));
    tcp_->async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  std::unique_ptr<Tcp> tcp_;
  std::unique_ptr<Tls> tls_;  // goes before tcp_
};

// What Beast asks of a stream beneath a WebSocket.
inline void beast_close_socket(ByteStream& stream) {
  stream.tcp().close();
}

inline void teardown(boost::beast::role_type role, ByteStream& stream,
                     boost::system::error_code& failure) {
  boost::beast::websocket::teardown(role, stream.tcp().socket(), failure);
}

template <class Handler>
void async_teardown(boost::beast::role_type role, ByteStream& stream, Handler&& handler) {
  boost::beast::websocket::async_teardown(role, stream.tcp().socket(),
                                          std::forward<Handler>(handler));
}

}  // namespace sluice::loadgen
