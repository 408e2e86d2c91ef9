// AES_CM_128_HMAC_SHA1_80 on RTP, RFC 3711 s4.1.1 and s4.2: first the ciphers of a batch, then its
// hashes side by side in the lanes of the vector unit (or the other way round). Both calls return
// with every job done, so a long packet never holds back a short one.
#include <string.h>

#include "common/srtp/multi_buffer.h"
#include "common/srtp/nonce.h"
#include "common/srtp/tag.h"

namespace sluice::srtp {
namespace {

constexpr std::size_t roc_length = 4;

// Ciphering a few packets hides the cache misses of the next batch's keys.
constexpr std::size_t cipher_burst = 4;

uint64_t distance(const uint8_t* from, const uint8_t* to) {
  return reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from);
}

void set_key(IMB_JOB& job, const CmKey* key) {
  job.enc_keys = key->schedule;
  job.u.HMAC._hashed_auth_key_xor_ipad = key->ipad;
  job.u.HMAC._hashed_auth_key_xor_opad = key->opad;
}

void prefetch_cm(const SessionKey* key) {
  const auto* line = reinterpret_cast<const char*>(key) + offsetof(CmKey, schedule);
  for (std::size_t i = 0; i < 4; ++i) __builtin_prefetch(line + i * cache_line, 0, 2);
}

}  // namespace

void MultiBuffer::expand_cm(const CipherKeys& keys, CmKey* out) {
  alignas(16) uint8_t decrypt_schedule[11 * 16];
  IMB_AES_KEYEXP_128(manager_.get(), keys.key.data(), out->schedule, decrypt_schedule);
  // RFC 2104: the states of SHA-1 after K XOR ipad and K XOR opad.
  uint8_t block[64];
  const auto fill = [&](uint8_t pad) {
    memset(block, pad, sizeof(block));
    for (std::size_t i = 0; i < keys.auth_key.size(); ++i) block[i] ^= keys.auth_key[i];
  };
  fill(0x36);
  IMB_SHA1_ONE_BLOCK(manager_.get(), block, out->ipad);
  fill(0x5c);
  IMB_SHA1_ONE_BLOCK(manager_.get(), block, out->opad);
  explicit_bzero(block, sizeof(block));
  explicit_bzero(decrypt_schedule, sizeof(decrypt_schedule));
}

void MultiBuffer::cm_cipher(std::size_t first, std::size_t count) {
  IMB_SUBMIT_CIPHER_BURST_NOCHECK(manager_.get(), &cm_->jobs[first], static_cast<uint32_t>(count),
                                  IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT, IMB_KEY_128_BYTES);
}

void MultiBuffer::cm_hash(std::size_t count) {
  IMB_SUBMIT_HASH_BURST_NOCHECK(manager_.get(), cm_->jobs.data(), static_cast<uint32_t>(count),
                                IMB_AUTH_HMAC_SHA_1);
}

void MultiBuffer::protect_cm(std::span<const ProtectJob> jobs, std::span<const ProtectJob> next) {
  std::size_t ciphered = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const ProtectJob& job = jobs[i];
    if (i < next.size()) prefetch_cm(next[i].key);
    IMB_JOB& imb = cm_->jobs[i];
    set_key(imb, job.key->cm());
    write_cm_iv(cm_->ivs[i].data(), job.key->salt, job.ssrc, job.index);
    uint8_t* payload = job.packet + job.header_length;
    uint8_t* end = payload + job.payload_length;
    imb.src = job.payload;
    imb.dst = payload;
    imb.cipher_start_src_offset_in_bytes = 0;
    imb.msg_len_to_cipher_in_bytes = job.payload_length;
    // RFC 3711 s4.2: M = header || ciphertext || ROC. The ROC stands where the tag goes: the
    // library writes the tag (12 bytes, the last two into the tail room) when it has read all of M.
    write_roc(end, job.index);
    imb.hash_start_src_offset_in_bytes = distance(job.payload, job.packet);
    imb.msg_len_to_hash_in_bytes = std::size_t{job.header_length} + job.payload_length + roc_length;
    imb.auth_tag_output = end;
    if (i + 1 - ciphered == cipher_burst || i + 1 == jobs.size()) {
      cm_cipher(ciphered, i + 1 - ciphered);
      ciphered = i + 1;
    }
  }
  cm_hash(jobs.size());
}

std::size_t MultiBuffer::unprotect_cm(std::span<UnprotectJob> jobs) {
  // Received bytes are not ours to change and the ROC must follow them, so the hash runs over a
  // copy.
  std::size_t used = 0;
  std::size_t taken = 0;
  std::size_t count = 0;
  std::array<UnprotectJob*, cm_batch_max> batch;
  for (; taken < jobs.size() && count < cm_batch_max; ++taken) {
    UnprotectJob& job = jobs[taken];
    job.ok = false;
    if (job.length < job.header_length + sha1_80_tag_length) continue;
    const std::size_t authenticated = job.length - sha1_80_tag_length;
    const std::size_t room =
        (authenticated + roc_length + cache_line - 1) / cache_line * cache_line;
    if (used + room > cm_->copies.size()) break;
    uint8_t* copy = cm_->copies.data() + used;
    used += room;
    prefetch_cm(job.key);
    memcpy(copy, job.packet, authenticated);
    write_roc(copy + authenticated, job.index);

    IMB_JOB& imb = cm_->jobs[count];
    set_key(imb, job.key->cm());
    imb.src = copy;
    imb.hash_start_src_offset_in_bytes = 0;
    imb.msg_len_to_hash_in_bytes = authenticated + roc_length;
    imb.auth_tag_output = cm_->tags[count].data();
    batch[count++] = &job;
  }
  cm_hash(count);

  // RFC 3711 s3.3: only what is authentic is decrypted.
  std::size_t authentic = 0;
  for (std::size_t i = 0; i < count; ++i) {
    UnprotectJob& job = *batch[i];
    const std::size_t authenticated = job.length - sha1_80_tag_length;
    if (!sha1_80_tags_equal(cm_->tags[i].data(), job.packet + authenticated)) continue;
    job.ok = true;
    job.payload_length = static_cast<uint16_t>(authenticated - job.header_length);
    IMB_JOB& imb = cm_->jobs[authentic];
    imb.src = cm_->jobs[i].src;
    imb.enc_keys = cm_->jobs[i].enc_keys;
    imb.dst = job.payload;
    imb.cipher_start_src_offset_in_bytes = job.header_length;
    imb.msg_len_to_cipher_in_bytes = job.payload_length;
    write_cm_iv(cm_->ivs[authentic].data(), job.key->salt, job.ssrc, job.index);
    ++authentic;
  }
  cm_cipher(0, authentic);
  return taken;
}

}  // namespace sluice::srtp
