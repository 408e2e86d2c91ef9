#include "controlplane/agent/dtls_session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/base/assert.h"

namespace sluice::agent {
namespace {

// RFC 6347 s4.2.4.1 asks for 1 s at first; behind an ICE check the path is known to be short, and
// browsers begin at 50 ms.
constexpr unsigned timeout_first_us = 100'000;
constexpr unsigned timeout_max_us = 5'000'000;

const char* openssl_name(srtp::Profile p) {
  switch (p) {
    case srtp::Profile::aes128_cm_sha1_80:
      return "SRTP_AES128_CM_SHA1_80";
    case srtp::Profile::aead_aes_128_gcm:
      return "SRTP_AEAD_AES_128_GCM";
    case srtp::Profile::aead_aes_256_gcm:
      return "SRTP_AEAD_AES_256_GCM";
    case srtp::Profile::none:
      break;
  }
  return "";
}

// RFC 5763 s5: certificates are self-signed; what binds them is the fingerprint, checked when SDP
// and handshake meet.
int accept_any_certificate(int, X509_STORE_CTX*) {
  return 1;
}

unsigned next_timeout(SSL*, unsigned previous_us) {
  return previous_us == 0 ? timeout_first_us : std::min(previous_us * 2, timeout_max_us);
}

std::string last_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "connection refused by OpenSSL";
}

template <std::size_t N>
const uint8_t* take(const uint8_t* from, std::array<uint8_t, N>& to, std::size_t length) {
  std::memcpy(to.data(), from, length);
  return from + length;
}

}  // namespace

void FreeContext::operator()(SSL_CTX* c) const {
  SSL_CTX_free(c);
}
void FreeConnection::operator()(SSL* s) const {
  SSL_free(s);
}

SrtpKeys::~SrtpKeys() {
  OPENSSL_cleanse(&recv, sizeof recv);
  OPENSSL_cleanse(&send, sizeof send);
}

Result<DtlsContext> DtlsContext::make(const Certificate& certificate,
                                      std::span<const srtp::Profile> profiles) {
  std::string names;
  for (const srtp::Profile p : profiles)
    names += (names.empty() ? "" : ":") + std::string(openssl_name(p));
  DtlsContext made;
  made.context_.reset(SSL_CTX_new(DTLS_method()));
  SSL_CTX* c = made.context_.get();
  // SSL_CTX_set_tlsext_use_srtp alone answers 0 for success.
  const bool ok = c != nullptr && SSL_CTX_set_min_proto_version(c, DTLS1_2_VERSION) == 1 &&
                  SSL_CTX_use_certificate(c, certificate.certificate.get()) == 1 &&
                  SSL_CTX_use_PrivateKey(c, certificate.key.get()) == 1 &&
                  // RFC 8827 s6.5: forward secrecy and an AEAD.
                  SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
                  SSL_CTX_set1_groups_list(c, "X25519:P-256:P-384") == 1 &&
                  SSL_CTX_set_tlsext_use_srtp(c, names.c_str()) == 0;
  if (!ok) return Error{"OpenSSL refuses the DTLS settings (" + names + "): " + last_error()};
  SSL_CTX_set_options(c, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                             SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any_certificate);
  // A browser's chain is one self-signed certificate.
  SSL_CTX_set_max_cert_list(c, 16 * 1'024);
  return made;
}

DtlsSession::DtlsSession(const DtlsContext& context, DtlsRole role)
    : ssl_(SSL_new(context.get())),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())),
      role_(role) {
  SLUICE_ASSERT(ssl_ && in_ != nullptr && out_ != nullptr);
  // An empty BIO means "come back", not the end.
  BIO_set_mem_eof_return(in_, -1);
  BIO_set_mem_eof_return(out_, -1);
  SSL_set_bio(ssl_.get(), in_, out_);
  DTLS_set_link_mtu(ssl_.get(), static_cast<long>(dtls_mtu));
  DTLS_set_timer_cb(ssl_.get(), next_timeout);
  if (role == DtlsRole::client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

void DtlsSession::start() {
  if (role_ != DtlsRole::client || started_) return;
  started_ = true;
  advance();
}

void DtlsSession::on_datagram(std::span<const uint8_t> datagram) {
  if (state_ == State::closed || state_ == State::failed || datagram.empty()) return;
  started_ = true;
  // What OpenSSL left of the last datagram was no record: one datagram must never run into the
  // next.
  (void)BIO_reset(in_);
  BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
  advance();
}

void DtlsSession::on_timeout() {
  if (state_ != State::handshaking || !started_) return;
  ERR_clear_error();
  if (DTLSv1_handle_timeout(ssl_.get()) < 0) fail("the peer stopped answering the handshake");
  collect_output();
}

void DtlsSession::advance() {
  ERR_clear_error();
  if (state_ == State::handshaking) {
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) {
      finish();
    } else if (const int error = SSL_get_error(ssl_.get(), done);
               error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      fail(last_error());
    }
  }
  // Also after the handshake: a repeated flight of the peer is answered again, alerts are read,
  // data is dropped.
  uint8_t dropped[2'048];
  while (state_ == State::connected && SSL_read(ssl_.get(), dropped, sizeof dropped) > 0) {
  }
  if (state_ == State::connected && (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0) {
    state_ = State::closed;
  }
  collect_output();
}

void DtlsSession::finish() {
  const SRTP_PROTECTION_PROFILE* chosen = SSL_get_selected_srtp_profile(ssl_.get());
  if (chosen == nullptr) return fail("no SRTP protection profile in common");
  const auto profile = static_cast<srtp::Profile>(chosen->id);
  if (!srtp::is_known(profile)) return fail("unknown SRTP protection profile");
  // RFC 5764 s4.2: client key, server key, client salt, server salt.
  constexpr std::string_view label = "EXTRACTOR-dtls_srtp";
  std::array<uint8_t, 2 * (srtp::key_length_max + srtp::salt_length_max)> material;
  const std::size_t key = srtp::key_length(profile);
  const std::size_t salt = srtp::salt_length(profile);
  if (SSL_export_keying_material(ssl_.get(), material.data(), 2 * (key + salt), label.data(),
                                 label.size(), nullptr, 0, 0) != 1) {
    return fail("no keying material");
  }
  const bool we_are_client = role_ == DtlsRole::client;
  srtp::MasterKey& client = we_are_client ? keys_.send : keys_.recv;
  srtp::MasterKey& server = we_are_client ? keys_.recv : keys_.send;
  const uint8_t* at = take(material.data(), client.key, key);
  at = take(at, server.key, key);
  at = take(at, client.salt, salt);
  take(at, server.salt, salt);
  OPENSSL_cleanse(material.data(), material.size());
  keys_.profile = profile;
  state_ = State::connected;
}

void DtlsSession::fail(std::string why) {
  state_ = State::failed;
  failure_ = std::move(why);
}

// RFC 6347 s4.1: a record is 11 bytes of type, version, epoch and sequence, 2 bytes of length, and
// the fragment.
void DtlsSession::collect_output() {
  constexpr std::size_t header = 13;
  char* data = nullptr;
  const long available = BIO_get_mem_data(out_, &data);
  std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(data),
                                 available > 0 ? static_cast<std::size_t>(available) : 0);
  bool fresh = true;
  while (bytes.size() >= header) {
    const std::size_t record = header + (std::size_t{bytes[11]} << 8 | bytes[12]);
    SLUICE_ASSERT(record <= bytes.size());  // OpenSSL writes whole records
    if (fresh || output_.back().size() + record > dtls_mtu) output_.emplace_back();
    fresh = false;
    output_.back().insert(output_.back().end(), bytes.begin(),
                          bytes.begin() + static_cast<std::ptrdiff_t>(record));
    bytes = bytes.subspan(record);
  }
  (void)BIO_reset(out_);
}

std::vector<uint8_t> DtlsSession::poll_datagram() {
  if (output_head_ == output_.size()) {
    output_.clear();
    output_head_ = 0;
    return {};
  }
  return std::move(output_[output_head_++]);
}

std::optional<std::chrono::microseconds> DtlsSession::timeout_in() const {
  timeval left{};
  if (state_ != State::handshaking || DTLSv1_get_timeout(ssl_.get(), &left) != 1) return {};
  return std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
}

CertificatePtr DtlsSession::peer_certificate() const {
  return CertificatePtr(SSL_get1_peer_certificate(ssl_.get()));
}

}  // namespace sluice::agent
