#include "tests/unit/controlplane/signaling/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace sluice::signaling {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;
using net::ip::tcp;

constexpr int patience_ms = 20'000;  // a hung server fails the test instead of hanging it

tcp::endpoint loopback(uint16_t port) {
  return {net::ip::address_v4::loopback(), port};
}

RawAnswer parse_answer(std::string head) {
  RawAnswer answer;
  answer.status = static_cast<unsigned>(std::stoul(head.substr(9, 3)));
  std::size_t at = head.find("\r\n") + 2;
  while (at < head.size()) {
    const std::size_t end = head.find("\r\n", at);
    const std::string line = head.substr(at, end - at);
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) break;
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string& value = answer.headers[name];
    value += (value.empty() ? "" : ", ") + line.substr(colon + 2);  // RFC 9110 s5.3
    at = end + 2;
  }
  return answer;
}

}  // namespace

RawConnection::RawConnection(uint16_t port) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

RawConnection::~RawConnection() {
  if (fd_ >= 0) ::close(fd_);
}

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

RawAnswer RawConnection::read_answer(bool head) {
  const auto more = [&] {
    pollfd wait{fd_, POLLIN, 0};
    if (poll(&wait, 1, patience_ms) <= 0) return false;
    char bytes[4'096];
    const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(n));
    return true;
  };
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return {};
  }
  RawAnswer answer = parse_answer(buffer_.substr(0, end + 2));
  buffer_.erase(0, end + 4);
  std::size_t length = 0;
  if (!head && answer.headers.contains("content-length")) {
    length = std::stoul(answer.headers["content-length"]);
  }
  while (buffer_.size() < length) {
    if (!more()) break;
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  answer.closed = answer.headers["connection"] == "close";
  return answer;
}

bool RawConnection::read_to_end(int timeout_ms, std::string* out) {
  pollfd wait{fd_, POLLIN, 0};
  while (poll(&wait, 1, timeout_ms) > 0) {
    char bytes[4'096];
    const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return true;
    if (out != nullptr) out->append(bytes, static_cast<std::size_t>(n));
  }
  return false;
}

std::string request_text(const Call& call, const std::string& host, bool close) {
  std::string text = call.method + " " + call.target + " HTTP/1.1\r\nHost: " + host + "\r\n";
  if (!call.bearer.empty()) text += "Authorization: Bearer " + call.bearer + "\r\n";
  for (const auto& [name, value] : call.headers) text += name + ": " + value + "\r\n";
  if (!call.body.empty()) text += "Content-Length: " + std::to_string(call.body.size()) + "\r\n";
  if (close) text += "Connection: close\r\n";
  return text + "\r\n" + call.body;
}

RawAnswer http(uint16_t port, const Call& call) {
  RawConnection connection(port);
  connection.send(request_text(call, "127.0.0.1:" + std::to_string(port)));
  return connection.read_answer(call.method == "HEAD");
}

RawAnswer https(uint16_t port, const Call& call) {
  net::io_context io;
  net::ssl::context tls(net::ssl::context::tls_client);
  net::ssl::stream<tcp::socket> stream(io, tls);
  stream.next_layer().connect(loopback(port));
  stream.handshake(net::ssl::stream_base::client);
  net::write(stream, net::buffer(request_text(call, "127.0.0.1:" + std::to_string(port))));
  std::string text;
  error_code end;
  net::read(stream, net::dynamic_buffer(text), end);
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string::npos) return {};
  RawAnswer answer = parse_answer(text.substr(0, head + 2));
  answer.body = text.substr(head + 4);
  return answer;
}

struct WsClient::Socket {
  explicit Socket(bool with_tls) : tls(net::ssl::context::tls_client) {
    if (with_tls) {
      secure.emplace(io, tls);
    } else {
      plain.emplace(io);
    }
  }
  template <class F>
  auto with(F&& f) {
    return secure ? f(*secure) : f(*plain);
  }
  tcp::socket& tcp_socket() {
    return secure ? secure->next_layer().next_layer() : plain->next_layer();
  }

  net::io_context io;
  net::ssl::context tls;
  std::optional<websocket::stream<tcp::socket>> plain;
  std::optional<websocket::stream<net::ssl::stream<tcp::socket>>> secure;
  unsigned close_code = 0;
};

WsClient::WsClient(uint16_t port, const Options& options)
    : socket_(std::make_unique<Socket>(options.tls)) {
  socket_->tcp_socket().connect(loopback(port));
  const timeval patience{patience_ms / 1'000, 0};
  setsockopt(socket_->tcp_socket().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience,
             sizeof patience);
  if (socket_->secure) socket_->secure->next_layer().handshake(net::ssl::stream_base::client);
  socket_->with([&](auto& ws) {
    ws.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
      if (!options.protocols.empty()) {
        request.set(beast::http::field::sec_websocket_protocol, options.protocols);
      }
    }));
    websocket::response_type response;
    error_code failure;
    ws.handshake(response, "127.0.0.1:" + std::to_string(port), options.target, failure);
    is_open_ = !failure;
    const auto protocol = response[beast::http::field::sec_websocket_protocol];
    protocol_.assign(protocol.data(), protocol.size());
  });
}

WsClient::~WsClient() = default;

void WsClient::say(const nlohmann::json& message) {
  say_text(message.dump());
}

void WsClient::say_text(std::string_view text) {
  socket_->with([&](auto& ws) {
    error_code ignored;
    ws.text(true);
    ws.write(net::buffer(text.data(), text.size()), ignored);
  });
}

void WsClient::say_binary(std::string_view bytes) {
  socket_->with([&](auto& ws) {
    error_code ignored;
    ws.binary(true);
    ws.write(net::buffer(bytes.data(), bytes.size()), ignored);
  });
}

std::optional<nlohmann::json> WsClient::hear() {
  return socket_->with([&](auto& ws) -> std::optional<nlohmann::json> {
    beast::flat_buffer buffer;
    error_code failure;
    ws.read(buffer, failure);
    if (failure) {
      socket_->close_code = ws.reason().code;  // 0 when none was said
      return std::nullopt;
    }
    const auto bytes = buffer.data();
    return nlohmann::json::parse(static_cast<const char*>(bytes.data()),
                                 static_cast<const char*>(bytes.data()) + bytes.size());
  });
}

std::optional<nlohmann::json> WsClient::hear(std::string_view type_or_event) {
  while (auto message = hear()) {
    const auto& type = (*message)["type"] == "event" ? (*message)["event"] : (*message)["type"];
    if (type == type_or_event) return message;
  }
  return std::nullopt;
}

unsigned WsClient::close_code() {
  while (hear()) {
  }
  return socket_->close_code;
}

void WsClient::close() {
  socket_->with([&](auto& ws) {
    error_code ignored;
    ws.close(websocket::close_code::normal, ignored);
  });
}

void WsClient::vanish() {
  error_code ignored;
  socket_->tcp_socket().close(ignored);
}

}  // namespace sluice::signaling
