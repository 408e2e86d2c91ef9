#include "controlplane/agent/certificate.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace sluice::agent {
namespace {

struct CloseFile {
  void operator()(FILE* f) const { std::fclose(f); }
};
using File = std::unique_ptr<FILE, CloseFile>;

Error system_error(const std::string& path, const char* what) {
  return Error{path + ": " + what + ": " + std::strerror(errno)};
}

bool sign(X509* certificate, EVP_PKEY* key) {
  constexpr long ten_years_s = 10L * 365 * 24 * 3600;
  unsigned char serial[8];
  if (RAND_bytes(serial, sizeof serial) != 1) return false;
  serial[0] &= 0x7f;  // RFC 5280 s4.1.2.2: positive
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(serial, sizeof serial, nullptr),
                                                     &BN_free);
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* common_name = reinterpret_cast<const unsigned char*>("sluice");
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) &&
         X509_set_version(certificate, 2) == 1 &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -24L * 3600) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), ten_years_s) != nullptr &&
         X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, EVP_sha256()) > 0;
}

Result<Certificate> load(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"));
  if (!file) return system_error(path, "cannot be read");
  Certificate c;
  c.key.reset(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
  std::rewind(file.get());
  c.certificate.reset(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  if (!c.key || !c.certificate || X509_check_private_key(c.certificate.get(), c.key.get()) != 1) {
    return Error{path +
                 ": not a private key with its certificate; remove it and a new one is made"};
  }
  return c;
}

// Whole or not at all: written aside, then renamed.
Status store(const Certificate& c, const std::string& path) {
  const std::string aside = path + ".new";
  ::unlink(aside.c_str());
  const int fd = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return system_error(aside, "cannot be made");
  File file(::fdopen(fd, "w"));
  const bool written =
      PEM_write_PrivateKey(file.get(), c.key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
      PEM_write_X509(file.get(), c.certificate.get()) == 1 && std::fflush(file.get()) == 0 &&
      ::fsync(fd) == 0;
  if (!written) return system_error(aside, "cannot be written");
  file.reset();
  if (::rename(aside.c_str(), path.c_str()) != 0) return system_error(path, "cannot be renamed to");
  return {};
}

const EVP_MD* hash_of(std::string_view algorithm) {
  if (algorithm == "sha-256") return EVP_sha256();
  if (algorithm == "sha-384") return EVP_sha384();
  if (algorithm == "sha-512") return EVP_sha512();
  return nullptr;
}

}  // namespace

void FreeCertificate::operator()(X509* c) const {
  X509_free(c);
}
void FreeKey::operator()(EVP_PKEY* k) const {
  EVP_PKEY_free(k);
}

Result<Certificate> Certificate::make() {
  Certificate c;
  c.key.reset(EVP_EC_gen("P-256"));
  c.certificate.reset(X509_new());
  if (!c.key || !c.certificate || !sign(c.certificate.get(), c.key.get())) {
    return Error{"OpenSSL could not make a certificate"};
  }
  return c;
}

Result<Certificate> Certificate::load_or_make(const std::string& directory) {
  const std::string path = directory + "/dtls.pem";
  if (::access(path.c_str(), F_OK) == 0) return load(path);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_error(directory, "cannot be made");
  }
  Result<Certificate> made = make();
  if (!made) return made;
  if (const Status s = store(*made, path); !s) return s.error();
  return made;
}

proto::sdp::Fingerprint Certificate::fingerprint() const {
  return {"sha-256", digest_of(certificate.get(), "sha-256")};
}

std::vector<uint8_t> digest_of(const X509* certificate, std::string_view algorithm) {
  const EVP_MD* hash = hash_of(algorithm);
  std::vector<uint8_t> digest(EVP_MAX_MD_SIZE);
  unsigned length = 0;
  if (hash == nullptr || X509_digest(certificate, hash, digest.data(), &length) != 1) return {};
  digest.resize(length);
  return digest;
}

bool matches(const X509* certificate, std::span<const proto::sdp::Fingerprint> fingerprints) {
  bool any = false;
  for (const proto::sdp::Fingerprint& f : fingerprints) {
    const std::vector<uint8_t> digest = digest_of(certificate, f.algorithm);
    if (digest.empty() || digest.size() != f.digest.size()) continue;
    any |= CRYPTO_memcmp(digest.data(), f.digest.data(), digest.size()) == 0;
  }
  return any;
}

}  // namespace sluice::agent
