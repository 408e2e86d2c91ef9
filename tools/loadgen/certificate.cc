#include "tools/loadgen/certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>

namespace sluice::loadgen {
namespace {

std::vector<uint8_t> digest_of(const X509* certificate, const std::string& algorithm) {
  const EVP_MD* hash = algorithm == "sha-256"   ? EVP_sha256()
                       : algorithm == "sha-384" ? EVP_sha384()
                       : algorithm == "sha-512" ? EVP_sha512()
                                                : nullptr;
  std::vector<uint8_t> digest(EVP_MAX_MD_SIZE);
  unsigned length = 0;
  if (hash == nullptr || X509_digest(certificate, hash, digest.data(), &length) != 1) return {};
  digest.resize(length);
  return digest;
}

bool sign(X509* c, EVP_PKEY* key) {
  constexpr long lifetime_s = 30L * 24 * 3'600;
  X509_NAME* name = X509_get_subject_name(c);
  const auto* common_name = reinterpret_cast<const unsigned char*>("sluice-loadgen");
  return X509_set_version(c, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set(X509_get_serialNumber(c), 1) == 1 &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
         X509_set_issuer_name(c, name) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(c), -24L * 3'600) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(c), lifetime_s) != nullptr &&
         X509_set_pubkey(c, key) == 1 && X509_sign(c, key, EVP_sha256()) > 0;
}

}  // namespace

void FreeX509::operator()(X509* c) const {
  X509_free(c);
}
void FreePrivateKey::operator()(EVP_PKEY* k) const {
  EVP_PKEY_free(k);
}

Result<Certificate> Certificate::make() {
  Certificate out;
  out.key.reset(EVP_EC_gen("P-256"));
  out.certificate.reset(X509_new());
  if (!out.key || !out.certificate || !sign(out.certificate.get(), out.key.get())) {
    return Error{"OpenSSL could not make a certificate"};
  }
  return out;
}

proto::sdp::Fingerprint Certificate::fingerprint() const {
  return {"sha-256", digest_of(certificate.get(), "sha-256")};
}

bool has_fingerprint(const X509* certificate,
                     const std::vector<proto::sdp::Fingerprint>& fingerprints) {
  return std::ranges::any_of(fingerprints, [&](const proto::sdp::Fingerprint& f) {
    const std::vector<uint8_t> digest = digest_of(certificate, f.algorithm);
    return !digest.empty() && digest == f.digest;
  });
}

}  // namespace sluice::loadgen
