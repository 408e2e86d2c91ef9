#include "common/srtp/key_derivation.h"

#include <openssl/evp.h>
#include <string.h>

#include <algorithm>
#include <memory>

#include "common/base/assert.h"

namespace sluice::srtp {
namespace {

// RFC 3711 s4.3.2: labels; RTCP's follow RTP's.
constexpr uint8_t label_encryption = 0;
constexpr uint8_t label_authentication = 1;
constexpr uint8_t label_salt = 2;
constexpr uint8_t rtcp_labels = 3;

struct CipherContextFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

CipherKeys derive(Profile profile, const MasterKey& master, uint8_t first_label) {
  const auto master_key = std::span(master.key).first(key_length(profile));
  const auto master_salt = std::span(master.salt).first(salt_length(profile));
  const auto label = [&](uint8_t which) { return static_cast<uint8_t>(first_label + which); };
  CipherKeys keys;
  derive_key(master_key, master_salt, label(label_encryption),
             std::span(keys.key).first(key_length(profile)));
  derive_key(master_key, master_salt, label(label_salt),
             std::span(keys.salt).first(salt_length(profile)));
  if (profile == Profile::aes128_cm_sha1_80)
    derive_key(master_key, master_salt, label(label_authentication), keys.auth_key);
  return keys;
}

}  // namespace

SessionKeys::~SessionKeys() {
  explicit_bzero(this, sizeof(*this));
}

SessionKeys derive_session_keys(Profile profile, const MasterKey& master) {
  SLUICE_ASSERT(is_known(profile));
  SessionKeys keys;
  keys.rtp = derive(profile, master, 0);
  keys.rtcp = derive(profile, master, rtcp_labels);
  return keys;
}

void derive_key(std::span<const uint8_t> master_key, std::span<const uint8_t> master_salt,
                uint8_t label, std::span<uint8_t> out) {
  SLUICE_ASSERT(master_key.size() == 16 || master_key.size() == 32);
  SLUICE_ASSERT(master_salt.size() <= salt_length_max && out.size() <= 1U << 20);
  // RFC 3711 s4.3.1: x = key_id XOR master_salt, key_id = label || r with a 48-bit r, which is 0
  // here. RFC 3711 s4.3.3: the keystream of AES-CM with the IV x * 2^16.
  uint8_t iv[16] = {};
  std::copy(master_salt.begin(), master_salt.end(), iv);
  iv[7] ^= label;

  const std::unique_ptr<EVP_CIPHER_CTX, CipherContextFree> context(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* cipher = master_key.size() == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  std::fill(out.begin(), out.end(), uint8_t{0});
  int length = 0;
  SLUICE_ASSERT(context != nullptr);
  SLUICE_ASSERT(EVP_EncryptInit_ex(context.get(), cipher, nullptr, master_key.data(), iv) == 1);
  SLUICE_ASSERT(EVP_EncryptUpdate(context.get(), out.data(), &length, out.data(),
                                  static_cast<int>(out.size())) == 1);
  SLUICE_ASSERT(static_cast<std::size_t>(length) == out.size());
}

}  // namespace sluice::srtp
