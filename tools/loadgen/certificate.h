// The certificate all emulated clients show: self-signed, made anew by every run.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/proto/sdp/description.h"

namespace sluice::loadgen {

struct FreeX509 {
  void operator()(X509* c) const;
};
struct FreePrivateKey {
  void operator()(EVP_PKEY* k) const;
};

struct Certificate {
  std::unique_ptr<X509, FreeX509> certificate;
  std::unique_ptr<EVP_PKEY, FreePrivateKey> key;

  static Result<Certificate> make();
  proto::sdp::Fingerprint fingerprint() const;  // SHA-256
};

// RFC 8122 s5: does the certificate have one of these fingerprints?
bool has_fingerprint(const X509* certificate,
                     const std::vector<proto::sdp::Fingerprint>& fingerprints);

}  // namespace sluice::loadgen
