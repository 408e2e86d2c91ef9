// Bearer tokens: JWT (RFC 7519) with HS256 alone (RFC 7515), made and checked by this instance.
//
// Own code over libcrypto's HMAC: Debian's libcpp-jwt compares signatures with an ordinary string
// comparison and parses the claims of an unauthenticated token. Here the header is compared with
// the one header that this key writes, so `alg` and `kid` are pinned, the signature in constant
// time, and only then are the claims parsed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "controlplane/signaling/source.h"

namespace sluice::signaling {

inline constexpr std::size_t token_bytes_max = 2'048;
inline constexpr int64_t link_lifetime_s = 30 * 24 * 3'600;

enum class TokenKind : uint8_t {
  join,         // in the link of a meeting: may fetch participant tokens
  participant,  // one person in one meeting: may open the WebSocket
};

struct Claims {
  TokenKind kind = TokenKind::join;
  std::string meeting;
  std::string participant;  // empty for join
  std::string name;         // empty for join
  Role role = Role::presenter;
  int64_t issued_unix_s = 0;
  int64_t expires_unix_s = 0;
  std::string token_id;
};

class TokenKey {
 public:
  static constexpr std::size_t secret_bytes = 32;  // RFC 7518 s3.2: at least the size of the hash
  using Secret = std::array<uint8_t, secret_bytes>;

  explicit TokenKey(const Secret& secret);
  ~TokenKey();
  TokenKey(const TokenKey&) = delete;
  TokenKey& operator=(const TokenKey&) = delete;

  // Reads the key that lies in the state directory; makes it (mode 0600) at the first start.
  static Result<TokenKey::Secret> load_or_make(const std::string& state_directory);

  // Names the key in headers; derived from it, reveals nothing of it.
  const std::string& key_id() const { return key_id_; }

  std::string issue(const Claims& claims) const;
  // Errors say which check failed, never what was in the token.
  Result<Claims> check(std::string_view token, TokenKind kind, int64_t now_unix_s) const;

 private:
  std::array<uint8_t, 32> sign(std::string_view text) const;

  Secret secret_;
  std::string key_id_;
  std::string header_;  // base64url, as every token of this key begins
};

}  // namespace sluice::signaling
