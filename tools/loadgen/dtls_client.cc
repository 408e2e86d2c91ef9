#include "tools/loadgen/dtls_client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/wire/dtls.h"

namespace sluice::loadgen {
namespace {

constexpr std::size_t mtu = 1'200;
// Browsers begin at 50 ms behind a checked path, and double.
constexpr unsigned timeout_first_us = 50'000;
constexpr unsigned timeout_max_us = 3'200'000;

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

std::string last_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "refused by OpenSSL";
}

}  // namespace

void FreeSslContext::operator()(SSL_CTX* c) const {
  SSL_CTX_free(c);
}
void FreeSsl::operator()(SSL* s) const {
  SSL_free(s);
}

Result<DtlsSettings> DtlsSettings::make(const Certificate& certificate,
                                        std::span<const srtp::Profile> profiles) {
  std::string names;
  for (const srtp::Profile p : profiles) {
    if (!names.empty()) names += ':';
    names += openssl_name(p);
  }
  DtlsSettings out;
  out.context_.reset(SSL_CTX_new(DTLS_method()));
  SSL_CTX* c = out.context_.get();
  const bool ok = c != nullptr && SSL_CTX_set_min_proto_version(c, DTLS1_2_VERSION) == 1 &&
                  SSL_CTX_use_certificate(c, certificate.certificate.get()) == 1 &&
                  SSL_CTX_use_PrivateKey(c, certificate.key.get()) == 1 &&
                  SSL_CTX_set1_groups_list(c, "X25519:P-256") == 1 &&
                  // This one answers 0 for success.
                  SSL_CTX_set_tlsext_use_srtp(c, names.c_str()) == 0;
  if (!ok) return Error{"OpenSSL refuses the DTLS settings (" + names + "): " + last_error()};
  SSL_CTX_set_options(c, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  // RFC 5763 s5: what binds a self-signed certificate is its fingerprint: see peer_has().
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     [](int, X509_STORE_CTX*) { return 1; });
  return out;
}

DtlsClient::DtlsClient(const DtlsSettings& settings, DtlsRole role)
    : ssl_(SSL_new(settings.get())),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())),
      role_(role) {
  BIO_set_mem_eof_return(in_, -1);  // an empty BIO is no end
  BIO_set_mem_eof_return(out_, -1);
  SSL_set_bio(ssl_.get(), in_, out_);
  DTLS_set_link_mtu(ssl_.get(), static_cast<long>(mtu));
  DTLS_set_timer_cb(ssl_.get(), [](SSL*, unsigned previous_us) {
    return previous_us == 0 ? timeout_first_us : std::min(2 * previous_us, timeout_max_us);
  });
  if (role == DtlsRole::client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

void DtlsClient::start() {
  if (role_ == DtlsRole::client && state_ == State::handshaking) advance();
}

void DtlsClient::on_datagram(std::span<const uint8_t> datagram) {
  if (state_ == State::failed || datagram.empty()) return;
  // One datagram must never run into the next.
  (void)BIO_reset(in_);
  BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
  advance();
}

void DtlsClient::on_timeout() {
  if (state_ != State::handshaking) return;
  ERR_clear_error();
  if (DTLSv1_handle_timeout(ssl_.get()) < 0) fail("the server stopped answering");
}

void DtlsClient::advance() {
  ERR_clear_error();
  if (state_ == State::handshaking) {
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) return take_keys();
    const int error = SSL_get_error(ssl_.get(), done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) fail(last_error());
    return;
  }
  uint8_t dropped[2'048];
  while (SSL_read(ssl_.get(), dropped, sizeof dropped) > 0) {
  }
}

void DtlsClient::take_keys() {
  const SRTP_PROTECTION_PROFILE* chosen = SSL_get_selected_srtp_profile(ssl_.get());
  if (chosen == nullptr) return fail("no SRTP protection profile in common");
  const auto profile = static_cast<srtp::Profile>(chosen->id);
  if (!srtp::is_known(profile)) return fail("an SRTP protection profile that nobody offered");
  // RFC 5764 s4.2: client key, server key, client salt, server salt.
  constexpr std::string_view label = "EXTRACTOR-dtls_srtp";
  const std::size_t key = srtp::key_length(profile);
  const std::size_t salt = srtp::salt_length(profile);
  std::array<uint8_t, 2 * (srtp::key_length_max + srtp::salt_length_max)> material{};
  if (SSL_export_keying_material(ssl_.get(), material.data(), 2 * (key + salt), label.data(),
                                 label.size(), nullptr, 0, 0) != 1) {
    return fail("no keying material");
  }
  const bool client = role_ == DtlsRole::client;
  srtp::MasterKey& of_client = client ? keys_.send : keys_.recv;
  srtp::MasterKey& of_server = client ? keys_.recv : keys_.send;
  const uint8_t* at = material.data();
  std::memcpy(of_client.key.data(), at, key);
  std::memcpy(of_server.key.data(), at + key, key);
  std::memcpy(of_client.salt.data(), at + 2 * key, salt);
  std::memcpy(of_server.salt.data(), at + 2 * key + salt, salt);
  keys_.profile = profile;
  state_ = State::connected;
}

void DtlsClient::fail(std::string why) {
  state_ = State::failed;
  failure_ = std::move(why);
}

DtlsClient::Datagrams DtlsClient::take_datagrams() {
  char* data = nullptr;
  const long length = BIO_get_mem_data(out_, &data);
  Datagrams out;
  wire::DtlsReader reader(
      {reinterpret_cast<const uint8_t*>(data), length > 0 ? static_cast<std::size_t>(length) : 0});
  wire::DtlsRecord record;
  while (reader.next(record)) {
    if (out.empty() || out.back().size() + record.bytes.size() > mtu) out.emplace_back();
    out.back().insert(out.back().end(), record.bytes.begin(), record.bytes.end());
  }
  (void)BIO_reset(out_);
  return out;
}

std::optional<std::chrono::microseconds> DtlsClient::timeout_in() const {
  timeval left{};
  if (state_ != State::handshaking || DTLSv1_get_timeout(ssl_.get(), &left) != 1) return {};
  return std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
}

bool DtlsClient::peer_has(const std::vector<proto::sdp::Fingerprint>& fingerprints) const {
  const std::unique_ptr<X509, FreeX509> peer(SSL_get1_peer_certificate(ssl_.get()));
  return peer && has_fingerprint(peer.get(), fingerprints);
}

}  // namespace sluice::loadgen
