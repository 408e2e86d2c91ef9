#include "tools/loadgen/http_call.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include "tools/loadgen/connector.h"

namespace sluice::loadgen {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

class Call : public std::enable_shared_from_this<Call> {
 public:
  Call(Connector& connector, const Url& server, const HttpRequest& request,
       std::function<void(HttpAnswer)> on_answer)
      : connector_(connector), server_(server), on_answer_(std::move(on_answer)) {
    request_.method_string(request.method);
    request_.target(request.path);
    request_.version(11);
    request_.set(http::field::host, server.authority());
    request_.set(http::field::user_agent, "sluice-loadgen");
    request_.set(http::field::authorization, "Bearer " + request.bearer);
    request_.keep_alive(false);
    request_.body() = request.body;
    request_.prepare_payload();
    stream_ = connector.make(server);
  }

  void start() {
    connector_.connect(*stream_, server_, [self = shared_from_this()](const std::string& failure) {
      if (!failure.empty()) return self->on_answer_(Error{failure});
      self->write();
    });
  }

 private:
  void write() {
    http::async_write(*stream_, request_,
                      [self = shared_from_this()](const error_code& e, std::size_t) {
                        if (e) return self->on_answer_(Error{"HTTP: " + e.message()});
                        self->read();
                      });
  }

  void read() {
    http::async_read(*stream_, buffer_, response_,
                     [self = shared_from_this()](const error_code& e, std::size_t) {
                       if (e) return self->on_answer_(Error{"HTTP: " + e.message()});
                       self->finish();
                     });
  }

  void finish() {
    stream_->tcp().close();
    const unsigned status = response_.result_int();
    if (status / 100 == 2) return on_answer_(response_.body());
    // {"error": {"code", "message"}}: signaling.md.
    const auto json = nlohmann::json::parse(response_.body(), nullptr, false);
    std::string words;
    if (json.is_object() && json.contains("error") && json["error"].is_object()) {
      words = ": " + json["error"].value("message", "");
    }
    on_answer_(Error{"HTTP " + std::to_string(status) + words});
  }

  Connector& connector_;
  Url server_;
  std::function<void(HttpAnswer)> on_answer_;
  std::unique_ptr<ByteStream> stream_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace

void call_http(Connector& connector, const Url& server, const HttpRequest& request,
               std::function<void(HttpAnswer)> on_answer) {
  std::make_shared<Call>(connector, server, request, std::move(on_answer))->start();
}

}  // namespace sluice::loadgen
