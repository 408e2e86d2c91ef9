// HTTP/1.1 and WebSocket over TCP or TLS: accepts, limits, reads and writes. What the bytes mean is
// its user's business. One thread: the io_context's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/config/config.h"
#include "controlplane/signaling/client_message.h"
#include "controlplane/signaling/connections.h"
#include "controlplane/signaling/http_message.h"
#include "controlplane/signaling/refusals.h"

namespace boost::asio {
class io_context;
}

namespace sluice::signaling {

struct ServerLimits {
  uint32_t header_bytes_max = 8 * 1'024;
  uint32_t body_bytes_max = 64 * 1'024;
  // A whole request, and a TLS handshake, must arrive in this time; an idle connection is closed
  // after it too.
  std::chrono::milliseconds read_timeout{15'000};
  std::chrono::milliseconds write_timeout{60'000};
  ConnectionLimits connections;  // of each listener
  // How often the files of certificates are looked at.
  std::chrono::milliseconds certificate_interval{10'000};
  // WebSocket. Pings go out at half of the silence that closes it.
  std::chrono::milliseconds silence_max{30'000};
  std::chrono::milliseconds close_timeout{3'000};
  std::size_t queued_bytes_max = 2 * 1'024 * 1'024;
  std::size_t queued_messages_max = 2'048;
  uint32_t message_burst = 200;
  uint32_t messages_per_s = 50;
};

using WebSocketId = uint64_t;  // never used twice; 0 = none
using Text = std::shared_ptr<const std::string>;

// Who answers. Calls come from the io_context's thread; replies may come later.
class ServerUser {
 public:
  using Reply = std::function<void(HttpResponse)>;
  // Accepts the WebSocket under a name of its user's, or answers instead.
  struct Upgrade {
    std::optional<HttpResponse> refusal;
    std::string protocol;                      // selected subprotocol
    std::function<void(WebSocketId)> on_open;  // called once the handshake is done
  };
  using UpgradeReply = std::function<void(Upgrade)>;

  virtual ~ServerUser() = default;
  virtual void on_request(HttpRequest request, Reply reply) = 0;
  virtual void on_upgrade(HttpRequest request, UpgradeReply reply) = 0;
  virtual void on_text(WebSocketId id, std::string_view text) = 0;
  // Once per WebSocket that was opened.
  virtual void on_closed(WebSocketId id) = 0;
};

class Server {
 public:
  Server(boost::asio::io_context& io, ServerUser& user, const ServerLimits& limits = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and reads the certificate: before privileges are dropped. Returns the port. Errors name
  // what to change.
  Result<uint16_t> listen(const config::Listener& listener);
  // Begins to accept.
  void start();
  // Accepts no more and closes every WebSocket with 1001; the io_context runs empty soon after.
  void stop();

  // Queues a text message; a WebSocket that does not keep up is dropped. Unknown ids are ignored.
  void send(WebSocketId id, Text text);
  // Closes after what is queued.
  void close(WebSocketId id, CloseCode code, std::string_view reason);

  std::size_t connection_count() const;  // HTTP and WebSocket
  ConnectionCounts connection_counts() const;
  std::size_t websocket_count() const;
  const Refusals& refusals() const;

 private:
  std::unique_ptr<struct ServerCore> core_;
};

}  // namespace sluice::signaling
