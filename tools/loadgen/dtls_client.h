// The client's end of one DTLS-SRTP association (RFC 5763, RFC 5764), in either DTLS role. No
// sockets and no clock: datagrams and timer in; datagrams, one outcome and a deadline out.
//
// OpenSSL runs on memory BIOs, which forget datagram boundaries: what it writes is cut by record
// headers and packed again below the MTU.
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
#include "tools/loadgen/certificate.h"
#include "tools/loadgen/srtp_keys.h"

namespace sluice::loadgen {

struct FreeSslContext {
  void operator()(SSL_CTX* c) const;
};
struct FreeSsl {
  void operator()(SSL* s) const;
};

// What all clients of a run share.
class DtlsSettings {
 public:
  // profiles: preferred first.
  static Result<DtlsSettings> make(const Certificate& certificate,
                                   std::span<const srtp::Profile> profiles);
  SSL_CTX* get() const { return context_.get(); }

 private:
  std::unique_ptr<SSL_CTX, FreeSslContext> context_;
};

enum class DtlsRole : uint8_t { client, server };

class DtlsClient {
 public:
  using Datagrams = std::vector<std::vector<uint8_t>>;
  enum class State : uint8_t { handshaking, connected, failed };

  DtlsClient(const DtlsSettings& settings, DtlsRole role);

  // The first flight of the DTLS client; the server waits.
  void start();
  // Also after the handshake: a repeated flight of the peer is answered again.
  void on_datagram(std::span<const uint8_t> datagram);
  void on_timeout();
  // What there is to send.
  Datagrams take_datagrams();
  // When on_timeout() is due; empty: nothing is awaited.
  std::optional<std::chrono::microseconds> timeout_in() const;

  State state() const { return state_; }
  const std::string& failure() const { return failure_; }
  // Once connected.
  const SrtpKeys& keys() const { return keys_; }
  bool peer_has(const std::vector<proto::sdp::Fingerprint>& fingerprints) const;

 private:
  void advance();
  void take_keys();
  void fail(std::string why);

  std::unique_ptr<SSL, FreeSsl> ssl_;
  BIO* in_ = nullptr;  // ssl_ owns both
  BIO* out_ = nullptr;
  DtlsRole role_;
  State state_ = State::handshaking;
  std::string failure_;
  SrtpKeys keys_;
};

}  // namespace sluice::loadgen
