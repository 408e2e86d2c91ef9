// OpenSSL 3's HMAC() and EVP fetch an algorithm and allocate a context on every call (and take
// locks for it); its SHA1_ functions work on a context on the stack. They are deprecated in favour
// of EVP, not because of what they do, so HMAC is put together from them here.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "common/proto/stun_integrity.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <cstring>

namespace sluice::proto {
namespace {

std::array<uint8_t, SHA_CBLOCK> padded_key(wire::ByteView key, uint8_t pad) {
  std::array<uint8_t, SHA_CBLOCK> block{};
  if (key.size() <= block.size()) {
    if (!key.empty()) std::memcpy(block.data(), key.data(), key.size());
  } else {
    // RFC 2104 s2: a key longer than a block is hashed first.
    SHA_CTX sha;
    SHA1_Init(&sha);
    SHA1_Update(&sha, key.data(), key.size());
    SHA1_Final(block.data(), &sha);
  }
  for (uint8_t& b : block) b ^= pad;
  return block;
}

wire::ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

HmacSha1 hmac_sha1(wire::ByteView key, wire::ByteView first, wire::ByteView second) {
  static_assert(std::tuple_size_v<HmacSha1> == SHA_DIGEST_LENGTH);
  HmacSha1 digest;
  SHA_CTX sha;
  SHA1_Init(&sha);
  SHA1_Update(&sha, padded_key(key, 0x36).data(), SHA_CBLOCK);
  SHA1_Update(&sha, first.data(), first.size());
  SHA1_Update(&sha, second.data(), second.size());
  SHA1_Final(digest.data(), &sha);
  SHA1_Init(&sha);
  SHA1_Update(&sha, padded_key(key, 0x5c).data(), SHA_CBLOCK);
  SHA1_Update(&sha, digest.data(), digest.size());
  SHA1_Final(digest.data(), &sha);
  return digest;
}

bool verify_integrity(const wire::StunView& message, std::string_view password) {
  if (!message.has_integrity()) return false;
  const wire::StunIntegrityInput in = message.integrity_input();
  const HmacSha1 want = hmac_sha1(bytes_of(password), in.header, in.attributes);
  return CRYPTO_memcmp(want.data(), message.integrity().data(), want.size()) == 0;
}

std::size_t finish_with_integrity(wire::StunWriter& writer, std::string_view password) {
  const auto slot = writer.begin_integrity();
  if (!slot) return 0;
  const HmacSha1 mac = hmac_sha1(bytes_of(password), slot->covered, {});
  std::memcpy(slot->mac.data(), mac.data(), mac.size());
  writer.add_fingerprint();
  return writer.finish();
}

}  // namespace sluice::proto
