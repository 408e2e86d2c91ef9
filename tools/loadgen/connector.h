// Makes connections to the server: name resolution, TCP, TLS. What all participants share.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "tools/loadgen/byte_stream.h"
#include "tools/loadgen/url.h"

namespace sluice::loadgen {

class Connector {
 public:
  // Empty on success.
  using Done = std::function<void(const std::string& failure)>;

  // `any_certificate`: of an HTTPS server.
  Connector(boost::asio::io_context& io, bool any_certificate);

  // A stream for `url`, not connected yet.
  std::unique_ptr<ByteStream> make(const Url& url);
  // The stream lives until `done` was called.
  void connect(ByteStream& stream, const Url& url, Done done);

 private:
  using Endpoints = boost::asio::ip::tcp::resolver::results_type;

  void on_resolved(ByteStream& stream, const Url& url, const Endpoints& endpoints, Done done);

  boost::asio::io_context& io_;
  boost::asio::ssl::context tls_;
  boost::asio::ip::tcp::resolver resolver_;
  std::map<std::string, Endpoints> known_;  // by host and port: thousands ask for one
};

}  // namespace sluice::loadgen
