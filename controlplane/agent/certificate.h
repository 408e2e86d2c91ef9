// The node's DTLS certificate: self-signed, made once and kept, so that a restart changes no
// fingerprint.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/proto/sdp/description.h"

namespace sluice::agent {

struct FreeCertificate {
  void operator()(X509* c) const;
};
struct FreeKey {
  void operator()(EVP_PKEY* k) const;
};
using CertificatePtr = std::unique_ptr<X509, FreeCertificate>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;

struct Certificate {
  CertificatePtr certificate;
  KeyPtr key;

  // ECDSA on P-256, as RFC 8827 s6.5 wants it.
  static Result<Certificate> make();
  // Loads `directory`/dtls.pem, or makes it there with mode 0600. Errors name the file and the
  // remedy.
  static Result<Certificate> load_or_make(const std::string& directory);

  // SHA-256, for a=fingerprint.
  proto::sdp::Fingerprint fingerprint() const;
};

// Over the DER bytes. Empty when the algorithm is not one of sha-256, sha-384, sha-512.
std::vector<uint8_t> digest_of(const X509* certificate, std::string_view algorithm);

// Does the certificate have one of these fingerprints? RFC 8122 s5: one match is enough; compares
// in constant time.
bool matches(const X509* certificate, std::span<const proto::sdp::Fingerprint> fingerprints);

}  // namespace sluice::agent
