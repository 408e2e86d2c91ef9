// What the server's files share: the user, the limits and the open WebSockets. Not for others.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "controlplane/signaling/server.h"
#include "controlplane/signaling/tls_files.h"

namespace sluice::signaling {

class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;
  virtual void send(Text text) = 0;
  virtual void close(CloseCode code, std::string_view reason) = 0;
};

struct ListeningSocket {
  boost::asio::ip::tcp::acceptor acceptor;
  std::optional<TlsFiles> tls;  // nothing = plain HTTP
  std::shared_ptr<Connections> connections;
};

struct ServerCore {
  boost::asio::io_context& io;
  ServerUser& user;
  ServerLimits limits;
  std::vector<std::unique_ptr<ListeningSocket>> listeners;
  std::map<WebSocketId, std::shared_ptr<WebSocketSession>> websockets;
  WebSocketId last_websocket = 0;
  Refusals refusals;
  bool stopping = false;
  boost::asio::steady_timer certificate_timer{io};
};

// Serves one accepted connection until it ends (http_session.cc).
void start_http_session(ServerCore& core, boost::asio::ip::tcp::socket socket,
                        boost::asio::ssl::context* tls, const IpAddress& remote,
                        std::unique_ptr<Connections::Place> place);

}  // namespace sluice::signaling
