// AEAD_AES_128_GCM and AEAD_AES_256_GCM on RTP, RFC 7714 s8: one call per packet, out of place.
#include "common/srtp/multi_buffer.h"
#include "common/srtp/nonce.h"
#include "common/srtp/tag.h"

namespace sluice::srtp {
namespace {

// A 1,200-byte packet reads the whole schedule and every power of the hash key: 16 lines.
constexpr std::size_t key_lines = 16;

void prefetch_key(const SessionKey* key, std::size_t first, std::size_t end) {
  const auto* line = reinterpret_cast<const char*>(key);
  for (std::size_t i = first; i < end; ++i) __builtin_prefetch(line + i * cache_line, 0, 2);
}

// What encrypting one packet hides: memory's answer for the key of the packet with the same place
// in the next batch. To the second-level cache, for a batch of keys is larger than the first. Two
// packets of one key share the work, so that no more lines are asked for at once than the core can
// wait for.
void prefetch_next(std::span<const ProtectJob> next, std::size_t i) {
  if (i >= next.size()) return;
  const SessionKey* key = next[i].key;
  if (i == 0 || next[i - 1].key != key) prefetch_key(key, 0, key_lines / 2);
  if (i + 1 == next.size() || next[i + 1].key != key) prefetch_key(key, key_lines / 2, key_lines);
}

// By now the key of the packet after the next has come as far as the second-level cache.
void prefetch_soon(std::span<const ProtectJob> jobs, std::size_t i) {
  if (i + 2 >= jobs.size() || jobs[i + 2].key == jobs[i + 1].key) return;
  const auto* line = reinterpret_cast<const char*>(jobs[i + 2].key);
  for (std::size_t l = 0; l < key_lines; ++l) __builtin_prefetch(line + l * cache_line, 0, 3);
}

}  // namespace

void MultiBuffer::protect_gcm(std::span<const ProtectJob> jobs, std::span<const ProtectJob> next,
                              aes_gcm_enc_dec_t cipher) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const ProtectJob& job = jobs[i];
    prefetch_next(next, i);
    prefetch_soon(jobs, i);
    GcmIv iv;
    write_gcm_iv(&iv, job.key->salt, job.ssrc, job.index);
    uint8_t* payload = job.packet + job.header_length;
    // RFC 7714 s8.2: the header, CSRCs and extensions included, is the associated data.
    cipher(job.key->gcm(), &gcm_context_, payload, job.payload, job.payload_length, iv.bytes,
           job.packet, job.header_length, payload + job.payload_length, gcm_tag_length);
  }
}

void MultiBuffer::unprotect_gcm(std::span<UnprotectJob> jobs, aes_gcm_enc_dec_t cipher) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    UnprotectJob& job = jobs[i];
    job.ok = false;
    if (job.length < job.header_length + gcm_tag_length) continue;
    const auto payload_length =
        static_cast<uint16_t>(job.length - job.header_length - gcm_tag_length);
    GcmIv iv;
    uint8_t tag[gcm_tag_length];
    write_gcm_iv(&iv, job.key->salt, job.ssrc, job.index);
    cipher(job.key->gcm(), &gcm_context_, job.payload, job.packet + job.header_length,
           payload_length, iv.bytes, job.packet, job.header_length, tag, gcm_tag_length);
    job.payload_length = payload_length;
    job.ok = gcm_tags_equal(tag, job.packet + job.length - gcm_tag_length);
  }
}

}  // namespace sluice::srtp
