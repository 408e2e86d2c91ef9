// AEAD_AES_128_GCM and AEAD_AES_256_GCM on RTP, RFC 7714 s8: one call per packet, out of place.
#include "common/srtp/multi_buffer.h"
#include "common/srtp/nonce.h"
#include "common/srtp/tag.h"

namespace sluice::srtp {
namespace {

// The cipher call of one packet hides the cache misses of the next key but one.
constexpr std::size_t prefetch_ahead = 2;

template <class Job>
void prefetch_later(std::span<Job> jobs, std::size_t now) {
  if (now + prefetch_ahead >= jobs.size()) return;
  const SessionKey* later = jobs[now + prefetch_ahead].key;
  if (later != jobs[now + prefetch_ahead - 1].key) MultiBuffer::prefetch(later);
}

}  // namespace

void MultiBuffer::protect_gcm(std::span<const ProtectJob> jobs, aes_gcm_enc_dec_t cipher) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const ProtectJob& job = jobs[i];
    prefetch_later(jobs, i);
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
    prefetch_later(jobs, i);
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
