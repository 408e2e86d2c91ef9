// One DTLS-SRTP association (RFC 5763, RFC 5764) without sockets or clocks of its own: datagrams
// and timer in; datagrams, one outcome and a deadline out.
//
//   start (client) | on_datagram | on_timeout  ->  poll_datagram until empty, state(), timeout_in()
//
// OpenSSL runs on memory BIOs. They forget datagram boundaries, so what it writes is cut by record
// headers and packed again, never above the MTU. Not safe from two threads at once.
#pragma once

#include <openssl/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/srtp_profile.h"
#include "controlplane/agent/certificate.h"

namespace sluice::agent {

// UDP payload that crosses every network in use; Chromium uses the same.
inline constexpr std::size_t dtls_mtu = 1'200;

struct FreeContext {
  void operator()(SSL_CTX* c) const;
};
struct FreeConnection {
  void operator()(SSL* s) const;
};

// What all sessions of a node share. Safe from any thread once made.
class DtlsContext {
 public:
  // profiles: preferred first; as a server this order wins.
  static Result<DtlsContext> make(const Certificate& certificate,
                                  std::span<const srtp::Profile> profiles);
  SSL_CTX* get() const { return context_.get(); }

 private:
  std::unique_ptr<SSL_CTX, FreeContext> context_;
};

enum class DtlsRole : uint8_t { client, server };

// Both directions, seen from us.
struct SrtpKeys {
  srtp::Profile profile = srtp::Profile::none;
  srtp::MasterKey recv;
  srtp::MasterKey send;

  SrtpKeys() = default;
  SrtpKeys(const SrtpKeys&) = default;
  SrtpKeys& operator=(const SrtpKeys&) = default;
  ~SrtpKeys();  // wipes
};

class DtlsSession {
 public:
  enum class State : uint8_t {
    handshaking,
    connected,  // keys() and peer_certificate() are there
    closed,     // the peer said close_notify
    failed,     // failure() says why
  };

  DtlsSession(const DtlsContext& context, DtlsRole role);

  // A client's first flight. A server waits for a datagram.
  void start();
  void on_datagram(std::span<const uint8_t> datagram);
  // Sends the flight again when its time has come; early calls are harmless.
  void on_timeout();

  // The next datagram to send; empty when there is none.
  std::vector<uint8_t> poll_datagram();
  // When on_timeout() is due; empty when nothing is awaited.
  std::optional<std::chrono::microseconds> timeout_in() const;

  State state() const { return state_; }
  const std::string& failure() const { return failure_; }
  const SrtpKeys& keys() const { return keys_; }
  CertificatePtr peer_certificate() const;

 private:
  void advance();
  void finish();
  void fail(std::string why);
  void collect_output();

  std::unique_ptr<SSL, FreeConnection> ssl_;
  BIO* in_ = nullptr;   // owned by ssl_
  BIO* out_ = nullptr;  // owned by ssl_
  DtlsRole role_;
  State state_ = State::handshaking;
  bool started_ = false;
  std::string failure_;
  SrtpKeys keys_;
  std::vector<std::vector<uint8_t>> output_;
  std::size_t output_head_ = 0;
};

}  // namespace sluice::agent
