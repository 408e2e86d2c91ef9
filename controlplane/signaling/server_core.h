// What the server's files share: the user, the limits and the open WebSockets. Not for others.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <map>
#include <memory>
#include <vector>

#include "controlplane/signaling/server.h"

namespace sluice::signaling {

class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;
  virtual void send(Text text) = 0;
  virtual void close(CloseCode code, std::string_view reason) = 0;
};

struct ListeningSocket {
  boost::asio::ip::tcp::acceptor acceptor;
  std::unique_ptr<boost::asio::ssl::context> tls;  // null = plain HTTP
  std::shared_ptr<uint32_t> open = std::make_shared<uint32_t>(0);
};

// Counts one connection of a listener for as long as it lives.
class ConnectionSlot {
 public:
  explicit ConnectionSlot(std::shared_ptr<uint32_t> open) : open_(std::move(open)) { ++*open_; }
  ConnectionSlot(ConnectionSlot&& other) = default;
  ~ConnectionSlot() {
    if (open_) --*open_;
  }

 private:
  std::shared_ptr<uint32_t> open_;
};

struct ServerCore {
  boost::asio::io_context& io;
  ServerUser& user;
  ServerLimits limits;
  std::vector<std::unique_ptr<ListeningSocket>> listeners;
  std::map<WebSocketId, std::shared_ptr<WebSocketSession>> websockets;
  WebSocketId last_websocket = 0;
  bool stopping = false;
};

// Serves one accepted connection until it ends (http_session.cc).
void start_http_session(ServerCore& core, boost::asio::ip::tcp::socket socket,
                        boost::asio::ssl::context* tls, ConnectionSlot slot);

}  // namespace sluice::signaling
