// The other end of a DTLS-SRTP handshake: OpenSSL alone, none of our own code, so that both ends
// cannot share a mistake.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/proto/sdp/description.h"

namespace sluice::agent::test {

class DtlsPeer {
 public:
  struct Options {
    bool client = true;
    // OpenSSL names; a browser prefers the oldest.
    std::string profiles = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM";
    // A ClientHello of over 1,400 bytes in two datagrams, as browsers with post-quantum key shares
    // send it.
    bool large_hello = false;
  };
  explicit DtlsPeer(const Options& options);
  DtlsPeer() : DtlsPeer(Options{}) {}

  void start() { step(); }
  void on_datagram(const std::vector<uint8_t>& datagram);
  // Repeats its flight when that is due.
  void on_timeout();
  void close();
  // Datagrams to send; a record each, as a careful sender would.
  std::vector<std::vector<uint8_t>> take_output();

  bool connected() const { return connected_; }
  bool failed() const { return failed_; }
  std::string profile() const;
  // RFC 5764 s4.2: client key, server key, client salt, server salt.
  std::vector<uint8_t> exported(std::size_t key, std::size_t salt) const;
  proto::sdp::Fingerprint fingerprint(const std::string& algorithm = "sha-256") const;
  proto::sdp::Fingerprint remote_fingerprint() const;

 private:
  void step();

  std::unique_ptr<X509, decltype(&X509_free)> certificate_{nullptr, &X509_free};
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  bool connected_ = false;
  bool failed_ = false;
};

}  // namespace sluice::agent::test
