#include "common/srtp/portable_rtcp.h"

#include <openssl/hmac.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/srtp/nonce.h"
#include "common/srtp/srtcp.h"
#include "common/srtp/tag.h"

namespace sluice::srtp {

namespace {

void hash_cm(const CipherKeys& keys, const uint8_t* packet, std::size_t length, uint8_t* digest) {
  unsigned digest_length = 0;
  SLUICE_ASSERT(HMAC(EVP_sha1(), keys.auth_key.data(), static_cast<int>(keys.auth_key.size()),
                     packet, length, digest, &digest_length) != nullptr);
}

}  // namespace

PortableRtcp::PortableRtcp() : context_(EVP_CIPHER_CTX_new()) {
  SLUICE_ASSERT(context_ != nullptr);
}

std::size_t PortableRtcp::protect(Profile profile, const CipherKeys& keys, uint8_t* packet,
                                  std::size_t length, SrtcpIndex index) {
  std::size_t protected_length = 0;
  if (profile == Profile::aes128_cm_sha1_80) {
    protected_length = protect_cm(keys, packet, length, index);
  } else {
    const bool is_256 = profile == Profile::aead_aes_256_gcm;
    const EVP_CIPHER* cipher = is_256 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    protected_length = protect_gcm(cipher, keys, packet, length, index);
  }
  EVP_CIPHER_CTX_reset(context_.get());  // wipes the key
  return protected_length;
}

std::size_t PortableRtcp::unprotect(Profile profile, const CipherKeys& keys, uint8_t* packet,
                                    std::size_t length, SrtcpIndex* index) {
  std::size_t plain_length = 0;
  if (profile == Profile::aes128_cm_sha1_80) {
    plain_length = unprotect_cm(keys, packet, length, index);
  } else {
    const bool is_256 = profile == Profile::aead_aes_256_gcm;
    const EVP_CIPHER* cipher = is_256 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    plain_length = unprotect_gcm(cipher, keys, packet, length, index);
  }
  EVP_CIPHER_CTX_reset(context_.get());
  return plain_length;
}

// AES-CM over all behind the header: the same both ways.
void PortableRtcp::count_cm(const CipherKeys& keys, uint8_t* packet, std::size_t length,
                            SrtcpIndex index) {
  uint8_t iv[cm_iv_length];
  write_cm_iv(iv, keys.salt.data(), srtcp_ssrc(packet), nonce_index(index));
  uint8_t* body = packet + srtcp_header_length;
  const auto body_length = static_cast<int>(length - srtcp_header_length);
  int done = 0;
  SLUICE_ASSERT(
      EVP_EncryptInit_ex(context_.get(), EVP_aes_128_ctr(), nullptr, keys.key.data(), iv) == 1);
  SLUICE_ASSERT(EVP_EncryptUpdate(context_.get(), body, &done, body, body_length) == 1);
}

// RFC 3711 s3.4: E flag and index go between the encrypted part and the tag, and are authenticated.
std::size_t PortableRtcp::protect_cm(const CipherKeys& keys, uint8_t* packet, std::size_t length,
                                     SrtcpIndex index) {
  count_cm(keys, packet, length, index);
  write_srtcp_word(packet + length, index);
  const std::size_t authenticated = length + srtcp_word_length;
  uint8_t digest[EVP_MAX_MD_SIZE];
  hash_cm(keys, packet, authenticated, digest);
  memcpy(packet + authenticated, digest, sha1_80_tag_length);
  return authenticated + sha1_80_tag_length;
}

std::size_t PortableRtcp::unprotect_cm(const CipherKeys& keys, uint8_t* packet, std::size_t length,
                                       SrtcpIndex* index) {
  const std::size_t authenticated = length - sha1_80_tag_length;
  const uint8_t* word = packet + authenticated - srtcp_word_length;
  if (!srtcp_is_encrypted(word)) return 0;
  uint8_t digest[EVP_MAX_MD_SIZE];
  hash_cm(keys, packet, authenticated, digest);
  if (!sha1_80_tags_equal(digest, packet + authenticated)) return 0;
  *index = srtcp_index(word);
  const std::size_t plain_length = authenticated - srtcp_word_length;
  count_cm(keys, packet, plain_length, *index);
  return plain_length;
}

// RFC 7714 s9.2: the tag belongs to the ciphertext, E flag and index come last and are associated
// data.
std::size_t PortableRtcp::protect_gcm(const EVP_CIPHER* cipher, const CipherKeys& keys,
                                      uint8_t* packet, std::size_t length, SrtcpIndex index) {
  GcmIv iv;
  write_gcm_iv(&iv, keys.salt.data(), srtcp_ssrc(packet), nonce_index(index));
  uint8_t* body = packet + srtcp_header_length;
  const auto body_length = static_cast<int>(length - srtcp_header_length);
  uint8_t* tag = packet + length;
  uint8_t* word = tag + gcm_tag_length;
  write_srtcp_word(word, index);
  const SrtcpAad aad(packet, word);
  EVP_CIPHER_CTX* c = context_.get();
  int done = 0;
  SLUICE_ASSERT(EVP_EncryptInit_ex(c, cipher, nullptr, keys.key.data(), iv.bytes) == 1);
  SLUICE_ASSERT(EVP_EncryptUpdate(c, nullptr, &done, aad.bytes, sizeof(aad.bytes)) == 1);
  SLUICE_ASSERT(EVP_EncryptUpdate(c, body, &done, body, body_length) == 1);
  SLUICE_ASSERT(EVP_EncryptFinal_ex(c, tag, &done) == 1);
  SLUICE_ASSERT(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, gcm_tag_length, tag) == 1);
  return length + gcm_tag_length + srtcp_word_length;
}

std::size_t PortableRtcp::unprotect_gcm(const EVP_CIPHER* cipher, const CipherKeys& keys,
                                        uint8_t* packet, std::size_t length, SrtcpIndex* index) {
  const uint8_t* word = packet + length - srtcp_word_length;
  if (!srtcp_is_encrypted(word)) return 0;
  *index = srtcp_index(word);
  GcmIv iv;
  write_gcm_iv(&iv, keys.salt.data(), srtcp_ssrc(packet), nonce_index(*index));
  uint8_t* body = packet + srtcp_header_length;
  const std::size_t body_length = length - srtcp_header_length - srtcp_word_length - gcm_tag_length;
  uint8_t* tag = body + body_length;
  const SrtcpAad aad(packet, word);
  EVP_CIPHER_CTX* c = context_.get();
  int done = 0;
  SLUICE_ASSERT(EVP_DecryptInit_ex(c, cipher, nullptr, keys.key.data(), iv.bytes) == 1);
  SLUICE_ASSERT(EVP_DecryptUpdate(c, nullptr, &done, aad.bytes, sizeof(aad.bytes)) == 1);
  SLUICE_ASSERT(EVP_DecryptUpdate(c, body, &done, body, static_cast<int>(body_length)) == 1);
  SLUICE_ASSERT(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, gcm_tag_length, tag) == 1);
  if (EVP_DecryptFinal_ex(c, body + body_length, &done) != 1) return 0;
  return srtcp_header_length + body_length;
}

}  // namespace sluice::srtp
