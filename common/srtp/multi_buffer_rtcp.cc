// SRTCP: RFC 3711 s3.4 (AES-CM) and RFC 7714 s9 (AES-GCM). The keys are expanded for one packet at
// a time: RTCP is rare, and a second expanded key per endpoint would cost more cache than it saves.
//
//   AES-CM:  header (8) | encrypted | E + index (4) | tag (10)      M = all before the tag
//   AES-GCM: header (8) | encrypted | tag (16) | E + index (4)      A = header || E + index
#include <string.h>

#include "common/base/assert.h"
#include "common/srtp/multi_buffer.h"
#include "common/srtp/nonce.h"
#include "common/srtp/srtcp.h"
#include "common/srtp/tag.h"

namespace sluice::srtp {

std::size_t MultiBuffer::protect_rtcp(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                      std::size_t capacity, SrtcpIndex index) {
  SLUICE_ASSERT(length >= srtcp_header_length && index.value() <= srtcp_index_max);
  SLUICE_ASSERT(capacity >= length + rtcp_overhead(key.profile) + 2);
  return key.profile == Profile::aes128_cm_sha1_80 ? protect_rtcp_cm(key, packet, length, index)
                                                   : protect_rtcp_gcm(key, packet, length, index);
}

std::size_t MultiBuffer::unprotect_rtcp(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                        SrtcpIndex* index) {
  if (length < srtcp_header_length + rtcp_overhead(key.profile)) return 0;
  return key.profile == Profile::aes128_cm_sha1_80 ? unprotect_rtcp_cm(key, packet, length, index)
                                                   : unprotect_rtcp_gcm(key, packet, length, index);
}

void MultiBuffer::expand_rtcp_gcm(const RtcpKey& key) {
  if (key.profile == Profile::aead_aes_128_gcm) {
    IMB_AES128_GCM_PRE(manager_.get(), key.key(), &rtcp_gcm_);
  } else {
    IMB_AES256_GCM_PRE(manager_.get(), key.key(), &rtcp_gcm_);
  }
}

std::size_t MultiBuffer::protect_rtcp_gcm(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                          SrtcpIndex index) {
  uint8_t* body = packet + srtcp_header_length;
  const std::size_t body_length = length - srtcp_header_length;
  uint8_t* tag = packet + length;
  uint8_t* word = tag + gcm_tag_length;
  write_srtcp_word(word, index);
  const SrtcpAad aad(packet, word);
  GcmIv iv;
  write_gcm_iv(&iv, key.salt.data(), srtcp_ssrc(packet), nonce_index(index));
  expand_rtcp_gcm(key);
  const auto cipher =
      key.profile == Profile::aead_aes_128_gcm ? manager_->gcm128_enc : manager_->gcm256_enc;
  cipher(&rtcp_gcm_, &gcm_context_, body, body, body_length, iv.bytes, aad.bytes, sizeof(aad.bytes),
         tag, gcm_tag_length);
  explicit_bzero(&rtcp_gcm_, sizeof(rtcp_gcm_));
  return length + gcm_tag_length + srtcp_word_length;
}

std::size_t MultiBuffer::unprotect_rtcp_gcm(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                            SrtcpIndex* index) {
  const uint8_t* word = packet + length - srtcp_word_length;
  if (!srtcp_is_encrypted(word)) return 0;
  *index = srtcp_index(word);
  uint8_t* body = packet + srtcp_header_length;
  const std::size_t body_length = length - srtcp_header_length - rtcp_overhead(key.profile);
  const SrtcpAad aad(packet, word);
  GcmIv iv;
  uint8_t tag[gcm_tag_length];
  write_gcm_iv(&iv, key.salt.data(), srtcp_ssrc(packet), nonce_index(*index));
  expand_rtcp_gcm(key);
  const auto cipher =
      key.profile == Profile::aead_aes_128_gcm ? manager_->gcm128_dec : manager_->gcm256_dec;
  cipher(&rtcp_gcm_, &gcm_context_, body, body, body_length, iv.bytes, aad.bytes, sizeof(aad.bytes),
         tag, gcm_tag_length);
  explicit_bzero(&rtcp_gcm_, sizeof(rtcp_gcm_));
  return gcm_tags_equal(tag, body + body_length) ? srtcp_header_length + body_length : 0;
}

void MultiBuffer::expand_rtcp_cm(const RtcpKey& key) {
  CipherKeys keys = cipher_keys(key);
  expand_cm(keys, &rtcp_cm_);
  explicit_bzero(&keys, sizeof(keys));
}

void MultiBuffer::rtcp_cm_cipher(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                 SrtcpIndex index) {
  IMB_JOB& job = cm_->jobs[0];
  job.enc_keys = rtcp_cm_.schedule;
  job.src = packet;
  job.dst = packet + srtcp_header_length;
  job.cipher_start_src_offset_in_bytes = srtcp_header_length;
  job.msg_len_to_cipher_in_bytes = length - srtcp_header_length;
  write_cm_iv(cm_->ivs[0].data(), key.salt.data(), srtcp_ssrc(packet), nonce_index(index));
  cm_cipher(0, 1);
}

void MultiBuffer::rtcp_cm_tag(const uint8_t* packet, std::size_t length, uint8_t* tag) {
  IMB_JOB& job = cm_->jobs[0];
  job.u.HMAC._hashed_auth_key_xor_ipad = rtcp_cm_.ipad;
  job.u.HMAC._hashed_auth_key_xor_opad = rtcp_cm_.opad;
  job.src = packet;
  job.hash_start_src_offset_in_bytes = 0;
  job.msg_len_to_hash_in_bytes = length;
  job.auth_tag_output = tag;
  cm_hash(1);
}

std::size_t MultiBuffer::protect_rtcp_cm(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                         SrtcpIndex index) {
  expand_rtcp_cm(key);
  rtcp_cm_cipher(key, packet, length, index);
  write_srtcp_word(packet + length, index);
  const std::size_t authenticated = length + srtcp_word_length;
  rtcp_cm_tag(packet, authenticated, packet + authenticated);
  explicit_bzero(&rtcp_cm_, sizeof(rtcp_cm_));
  return authenticated + sha1_80_tag_length;
}

std::size_t MultiBuffer::unprotect_rtcp_cm(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                           SrtcpIndex* index) {
  const std::size_t authenticated = length - sha1_80_tag_length;
  const uint8_t* word = packet + authenticated - srtcp_word_length;
  if (!srtcp_is_encrypted(word)) return 0;
  *index = srtcp_index(word);
  const std::size_t plain_length = authenticated - srtcp_word_length;
  expand_rtcp_cm(key);
  rtcp_cm_tag(packet, authenticated, cm_->tags[0].data());
  const bool ok = sha1_80_tags_equal(cm_->tags[0].data(), packet + authenticated);
  if (ok) rtcp_cm_cipher(key, packet, plain_length, *index);
  explicit_bzero(&rtcp_cm_, sizeof(rtcp_cm_));
  return ok ? plain_length : 0;
}

}  // namespace sluice::srtp
