#include "tests/unit/controlplane/agent/dtls_peer.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace sluice::agent::test {
namespace {

proto::sdp::Fingerprint fingerprint_of(X509* certificate, const std::string& algorithm) {
  const EVP_MD* hash = algorithm == "sha-512"   ? EVP_sha512()
                       : algorithm == "sha-384" ? EVP_sha384()
                                                : EVP_sha256();
  std::vector<uint8_t> digest(EVP_MAX_MD_SIZE);
  unsigned length = 0;
  X509_digest(certificate, hash, digest.data(), &length);
  digest.resize(length);
  return {algorithm, digest};
}

}  // namespace

DtlsPeer::DtlsPeer(const Options& options) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  certificate_.reset(X509_new());
  X509_set_version(certificate_.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate_.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 86'400);
  X509_set_pubkey(certificate_.get(), key.get());
  X509_sign(certificate_.get(), key.get(), EVP_sha256());
  context_.reset(SSL_CTX_new(DTLS_method()));
  SSL_CTX* c = context_.get();
  SSL_CTX_use_certificate(c, certificate_.get());
  SSL_CTX_use_PrivateKey(c, key.get());
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  EXPECT_EQ(SSL_CTX_set_tlsext_use_srtp(c, options.profiles.c_str()), 0);
  SSL_CTX_set_options(c, SSL_OP_NO_QUERY_MTU);
  ssl_.reset(SSL_new(c));
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(in_, -1);
  BIO_set_mem_eof_return(out_, -1);
  SSL_set_bio(ssl_.get(), in_, out_);
  DTLS_set_link_mtu(ssl_.get(), 1'200);
  if (options.large_hello) {
    // Six names of 200 bytes that nobody knows.
    std::vector<unsigned char> names;
    for (int i = 0; i < 6; ++i) names.insert(names.end(), 201, 200);
    SSL_set_alpn_protos(ssl_.get(), names.data(), static_cast<unsigned>(names.size()));
  }
  DTLS_set_timer_cb(ssl_.get(),
                    [](SSL*, unsigned previous) { return previous == 0 ? 50'000u : 2 * previous; });
  if (options.client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

void DtlsPeer::step() {
  ERR_clear_error();
  if (!connected_) {
    const int done = SSL_do_handshake(ssl_.get());
    connected_ = done == 1;
    const int error = connected_ ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
    failed_ |= error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
  } else {
    char dropped[100];
    while (SSL_read(ssl_.get(), dropped, sizeof dropped) > 0) {
    }
  }
}

void DtlsPeer::on_datagram(const std::vector<uint8_t>& datagram) {
  (void)BIO_reset(in_);
  BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
  step();
}

void DtlsPeer::on_timeout() {
  DTLSv1_handle_timeout(ssl_.get());
}

void DtlsPeer::close() {
  SSL_shutdown(ssl_.get());
}

std::vector<std::vector<uint8_t>> DtlsPeer::take_output() {
  char* data = nullptr;
  const long length = BIO_get_mem_data(out_, &data);
  const auto* bytes = reinterpret_cast<const uint8_t*>(data);
  std::vector<std::vector<uint8_t>> datagrams;
  for (long at = 0; at + 13 <= length;) {
    const long record = 13 + (bytes[at + 11] << 8 | bytes[at + 12]);
    datagrams.emplace_back(bytes + at, bytes + at + record);
    at += record;
  }
  (void)BIO_reset(out_);
  return datagrams;
}

std::string DtlsPeer::profile() const {
  const SRTP_PROTECTION_PROFILE* p = SSL_get_selected_srtp_profile(ssl_.get());
  return p == nullptr ? "" : p->name;
}

std::vector<uint8_t> DtlsPeer::exported(std::size_t key, std::size_t salt) const {
  std::vector<uint8_t> material(2 * (key + salt));
  const std::string label = "EXTRACTOR-dtls_srtp";
  EXPECT_EQ(SSL_export_keying_material(ssl_.get(), material.data(), material.size(), label.data(),
                                       label.size(), nullptr, 0, 0),
            1);
  return material;
}

proto::sdp::Fingerprint DtlsPeer::fingerprint(const std::string& algorithm) const {
  return fingerprint_of(certificate_.get(), algorithm);
}

proto::sdp::Fingerprint DtlsPeer::remote_fingerprint() const {
  std::unique_ptr<X509, decltype(&X509_free)> c(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
  return c ? fingerprint_of(c.get(), "sha-256") : proto::sdp::Fingerprint{};
}

}  // namespace sluice::agent::test
