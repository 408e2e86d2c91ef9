// Blocking clients for tests: HTTP over raw bytes, WebSocket by Beast. With or without TLS (any
// certificate is taken).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::signaling {

struct RawAnswer {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool closed = false;  // the server closed after it

  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

// One TCP connection; what is sent is the test's own bytes.
class RawConnection {
 public:
  explicit RawConnection(uint16_t port);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // False when the server has closed.
  bool send(std::string_view bytes);
  // The next answer; status 0 when the server closed without one.
  RawAnswer read_answer(bool head = false);
  // Everything until the server closes; false when it did not within `timeout_ms`.
  bool read_to_end(int timeout_ms, std::string* out = nullptr);

 private:
  int fd_ = -1;
  std::string buffer_;
};

struct Call {
  std::string method = "GET";
  std::string target = "/";
  std::string bearer;
  std::string body;
  std::map<std::string, std::string> headers;
};
std::string request_text(const Call& call, const std::string& host, bool close = true);
// One request over its own connection.
RawAnswer http(uint16_t port, const Call& call);
RawAnswer https(uint16_t port, const Call& call);

class WsClient {
 public:
  struct Options {
    std::string target = "/v1/signaling";
    std::string protocols;
    bool tls = false;
  };
  WsClient(uint16_t port, const Options& options);
  ~WsClient();

  bool is_open() const { return is_open_; }
  const std::string& protocol() const { return protocol_; }

  void say(const nlohmann::json& message);
  void say_text(std::string_view text);
  void say_binary(std::string_view bytes);
  // The next message; nothing when the server closed.
  std::optional<nlohmann::json> hear();
  // The next message of this type (or event) and drops those before; nothing when the server
  // closed.
  std::optional<nlohmann::json> hear(std::string_view type_or_event);
  // Reads until the server closes; its close code.
  unsigned close_code();
  void close();
  // Goes without a word.
  void vanish();

 private:
  struct Socket;
  std::unique_ptr<Socket> socket_;
  bool is_open_ = false;
  std::string protocol_;
};

}  // namespace sluice::signaling
