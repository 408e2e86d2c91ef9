#include "tools/loadgen/connector.h"

#include <openssl/ssl.h>

#include <boost/asio/ssl/host_name_verification.hpp>

namespace sluice::loadgen {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds patience{20};

std::string text_of(const char* what, const error_code& e) {
  return std::string(what) + ": " + e.message();
}

}  // namespace

Connector::Connector(net::io_context& io, bool any_certificate)
    : io_(io), tls_(net::ssl::context::tls_client), resolver_(io) {
  tls_.set_default_verify_paths();
  tls_.set_verify_mode(any_certificate ? net::ssl::verify_none : net::ssl::verify_peer);
}

std::unique_ptr<ByteStream> Connector::make(const Url& url) {
  auto stream = std::make_unique<ByteStream>(io_, url.tls ? &tls_ : nullptr);
  if (stream->tls() != nullptr) {
    stream->tls()->set_verify_callback(net::ssl::host_name_verification(url.host));
    SSL_set_tlsext_host_name(stream->tls()->native_handle(), url.host.c_str());
  }
  return stream;
}

void Connector::connect(ByteStream& stream, const Url& url, Done done) {
  const std::string port = std::to_string(url.port);
  const auto known = known_.find(url.host + " " + port);
  if (known != known_.end()) return on_resolved(stream, url, known->second, std::move(done));
  resolver_.async_resolve(url.host, port,
                          [this, &stream, url, port, done = std::move(done)](
                              const error_code& e, const Endpoints& endpoints) mutable {
                            if (e) return done(text_of(("host " + url.host).c_str(), e));
                            known_[url.host + " " + port] = endpoints;
                            on_resolved(stream, url, endpoints, std::move(done));
                          });
}

void Connector::on_resolved(ByteStream& stream, const Url& url, const Endpoints& endpoints,
                            Done done) {
  stream.tcp().expires_after(patience);
  stream.tcp().async_connect(
      endpoints, [&stream, at = url.authority(), done = std::move(done)](
                     const error_code& e, const net::ip::tcp::endpoint&) mutable {
        if (e) return done(text_of(("connect to " + at).c_str(), e));
        stream.tcp().socket().set_option(net::ip::tcp::no_delay(true));
        if (stream.tls() == nullptr) return done({});
        stream.tls()->async_handshake(
            net::ssl::stream_base::client, [done = std::move(done)](const error_code& failure) {
              done(failure ? text_of("TLS (see --any-certificate)", failure) : std::string());
            });
      });
}

}  // namespace sluice::loadgen
