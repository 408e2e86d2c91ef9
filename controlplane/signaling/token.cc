#include "controlplane/signaling/token.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "common/base/assert.h"
#include "controlplane/signaling/base64url.h"
#include "controlplane/signaling/object_reader.h"

namespace sluice::signaling {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 2> kind_names = {"join", "participant"};
constexpr std::size_t claim_depth_max = 2;
constexpr std::size_t claim_characters_max = 256;
constexpr int64_t clock_skew_s = 60;  // RFC 7519 s4.1.4: some small leeway; for `iat` only

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string random_id() {
  std::array<uint8_t, 16> bytes{};
  SLUICE_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  return to_base64url(bytes);
}

Result<TokenKey::Secret> read_secret(int file, const std::string& path) {
  TokenKey::Secret secret{};
  struct stat about {};
  if (fstat(file, &about) != 0 || about.st_size != static_cast<off_t>(secret.size()) ||
      read(file, secret.data(), secret.size()) != static_cast<ssize_t>(secret.size())) {
    return Error{path + ": not a token key of 32 bytes; remove it and all tokens become void"};
  }
  if ((about.st_mode & 077) != 0) {
    return Error{path + ": readable by others; chmod 600 it"};
  }
  return secret;
}

}  // namespace

Result<TokenKey::Secret> TokenKey::load_or_make(const std::string& state_directory) {
  const std::string path = state_directory + "/token.key";
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file >= 0) {
    auto secret = read_secret(file, path);
    close(file);
    return secret;
  }
  if (errno != ENOENT) return Error{path + ": " + std::strerror(errno)};

  // Written beside and renamed: a crash never leaves half a key.
  Secret secret{};
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    return Error{"the system's random source does not work"};
  }
  const std::string fresh = path + ".new";
  unlink(fresh.c_str());
  file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) {
    return Error{fresh + ": " + std::strerror(errno) +
                 "; control.state_directory must exist and belong to the daemon's user"};
  }
  const bool written =
      write(file, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) &&
      fsync(file) == 0;
  close(file);
  if (!written || rename(fresh.c_str(), path.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    unlink(fresh.c_str());
    return Error{path + ": cannot be written: " + why};
  }
  return secret;
}

TokenKey::TokenKey(const Secret& secret) : secret_(secret) {
  const auto name = sign("sluice token key id");
  key_id_ = to_base64url(std::span(name).first(9));
  const json header = {{"alg", "HS256"}, {"kid", key_id_}, {"typ", "JWT"}};
  header_ = to_base64url(bytes_of(header.dump()));
}

TokenKey::~TokenKey() {
  OPENSSL_cleanse(secret_.data(), secret_.size());
}

std::array<uint8_t, 32> TokenKey::sign(std::string_view text) const {
  std::array<uint8_t, 32> tag{};
  unsigned int length = 0;
  const uint8_t* done = HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
                             bytes_of(text).data(), text.size(), tag.data(), &length);
  SLUICE_ASSERT(done != nullptr && length == tag.size());
  return tag;
}

std::string TokenKey::issue(const Claims& c) const {
  json payload = {{"kind", kind_names[static_cast<std::size_t>(c.kind)]},
                  {"meeting", c.meeting},
                  {"role", to_string(c.role)},
                  {"iat", c.issued_unix_s},
                  {"exp", c.expires_unix_s},
                  {"jti", c.token_id.empty() ? random_id() : c.token_id}};
  if (c.kind == TokenKind::participant) {
    payload["participant"] = c.participant;
    payload["name"] = c.name;
  }
  const std::string text = payload.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string token = header_ + "." + to_base64url(bytes_of(text));
  return token + "." + to_base64url(sign(token));
}

Result<Claims> TokenKey::check(std::string_view token, TokenKind kind, int64_t now_unix_s) const {
  if (token.size() > token_bytes_max) return Error{"token too long"};
  const std::size_t dot = token.find('.');
  const std::size_t last_dot = token.rfind('.');
  if (dot == std::string_view::npos || dot == last_dot) return Error{"not a token"};
  // RFC 8725 s3.1: the algorithm is ours to choose, not the token's.
  if (token.substr(0, dot) != header_) return Error{"token of another key or algorithm"};
  const auto signature = from_base64url(token.substr(last_dot + 1));
  const auto expected = sign(token.substr(0, last_dot));
  if (!signature || signature->size() != expected.size() ||
      CRYPTO_memcmp(signature->data(), expected.data(), expected.size()) != 0) {
    return Error{"token signature does not verify"};
  }
  const auto text = from_base64url(token.substr(dot + 1, last_dot - dot - 1));
  if (!text) return Error{"token payload is not base64url"};
  const auto payload = parse_object(*text, token_bytes_max, claim_depth_max);
  if (!payload) return Error{"token payload: " + payload.error().message};

  ObjectReader in(*payload);
  Claims c;
  c.kind = in.word<TokenKind>("kind", kind_names);
  c.meeting = in.text("meeting", 1, claim_characters_max);
  c.role = in.word<Role>("role", role_names);
  c.issued_unix_s = static_cast<int64_t>(in.number("iat", 0, INT64_MAX));
  c.expires_unix_s = static_cast<int64_t>(in.number("exp", 0, INT64_MAX));
  c.token_id = in.text("jti", 1, claim_characters_max);
  if (in.ok() && c.kind == TokenKind::participant) {
    c.participant = in.text("participant", 1, claim_characters_max);
    c.name = in.text("name", 0, claim_characters_max);
  }
  if (!in.ok()) return Error{"token claim " + in.fault()};
  if (c.kind != kind) return Error{"token of another kind"};
  if (c.expires_unix_s <= now_unix_s) return Error{"token expired"};
  if (c.issued_unix_s > now_unix_s + clock_skew_s) return Error{"token from the future"};
  return c;
}

}  // namespace sluice::signaling
