#include "perf/bare_cipher.h"

#include <rte_cycles.h>

#include <algorithm>
#include <cstring>

#include "common/base/assert.h"
#include "perf/core_pin.h"

namespace sluice::perf {
namespace {

constexpr std::size_t roc_length = 4;  // RFC 3711 s4.2: authenticated behind the packet
constexpr std::size_t cm_burst = 64;

}  // namespace

struct BareCipher::Keys {
  alignas(64) gcm_key_data gcm{};
  gcm_context_data context{};
  alignas(16) uint32_t enc[15 * 4]{};
  alignas(16) uint32_t dec[15 * 4]{};
  alignas(16) uint8_t ipad[20]{}, opad[20]{};
  alignas(16) uint8_t iv[16]{};
  uint8_t tag[16]{};
};

BareCipher::BareCipher(srtp::Profile profile, std::size_t payload, std::size_t head,
                       DestinationRing& destinations)
    : profile_(profile),
      payload_(payload),
      head_(head),
      manager_(alloc_mb_mgr(0)),
      source_(payload, 0x5a),
      destinations_(destinations),
      keys_(std::make_unique<Keys>()) {
  SLUICE_ASSERT(manager_ != nullptr);
  init_mb_mgr_auto(manager_, nullptr);
  const uint8_t key[32] = {1, 2, 3, 4};
  switch (profile) {
    case srtp::Profile::aead_aes_128_gcm:
      IMB_AES128_GCM_PRE(manager_, key, &keys_->gcm);
      break;
    case srtp::Profile::aead_aes_256_gcm:
      IMB_AES256_GCM_PRE(manager_, key, &keys_->gcm);
      break;
    default: {
      IMB_AES_KEYEXP_128(manager_, key, keys_->enc, keys_->dec);
      alignas(16) uint8_t block[64];
      std::memset(block, 0x36, sizeof block);
      IMB_SHA1_ONE_BLOCK(manager_, block, keys_->ipad);
      std::memset(block, 0x5c, sizeof block);
      IMB_SHA1_ONE_BLOCK(manager_, block, keys_->opad);
    }
  }
}

BareCipher::~BareCipher() {
  free_mb_mgr(manager_);
}

void BareCipher::gcm(std::size_t packets) {
  Keys& k = *keys_;
  for (std::size_t i = 0; i < packets; ++i) {
    uint8_t* to = destinations_.next();
    k.iv[11] = static_cast<uint8_t>(i);
    if (profile_ == srtp::Profile::aead_aes_128_gcm) {
      IMB_AES128_GCM_ENC(manager_, &k.gcm, &k.context, to + head_, source_.data(), payload_, k.iv,
                         to, head_, to + head_ + payload_, 16);
    } else {
      IMB_AES256_GCM_ENC(manager_, &k.gcm, &k.context, to + head_, source_.data(), payload_, k.iv,
                         to, head_, to + head_ + payload_, 16);
    }
  }
}

void BareCipher::fill(IMB_JOB* j) {
  Keys& k = *keys_;
  uint8_t* to = destinations_.next();
  *j = IMB_JOB{};
  j->cipher_mode = IMB_CIPHER_CNTR;
  j->cipher_direction = IMB_DIR_ENCRYPT;
  j->chain_order = IMB_ORDER_CIPHER_HASH;
  j->enc_keys = k.enc;
  j->dec_keys = k.dec;
  j->key_len_in_bytes = 16;
  j->iv = k.iv;
  j->iv_len_in_bytes = 16;
  j->src = source_.data();
  j->dst = to + head_;
  j->msg_len_to_cipher_in_bytes = payload_;
  j->hash_alg = IMB_AUTH_HMAC_SHA_1;
  j->hash_start_src_offset_in_bytes = static_cast<uint64_t>(to - source_.data());
  j->msg_len_to_hash_in_bytes = head_ + payload_ + roc_length;
  j->u.HMAC._hashed_auth_key_xor_ipad = k.ipad;
  j->u.HMAC._hashed_auth_key_xor_opad = k.opad;
  j->auth_tag_output = to + head_ + payload_;
  j->auth_tag_output_len_in_bytes = 12;
}

// The job manager, cipher then hash, as many lanes in flight as it takes.
void BareCipher::cm_jobs(std::size_t packets) {
  for (std::size_t i = 0; i < packets; ++i) {
    fill(IMB_GET_NEXT_JOB(manager_));
    IMB_SUBMIT_JOB_NOCHECK(manager_);
  }
  while (IMB_FLUSH_JOB(manager_) != nullptr) {
  }
}

// Synchronous bursts: the ciphers of a burst, then its hashes.
void BareCipher::cm_bursts(std::size_t packets) {
  IMB_JOB jobs[cm_burst];
  for (std::size_t done = 0; done < packets; done += cm_burst) {
    for (IMB_JOB& j : jobs) fill(&j);
    IMB_SUBMIT_CIPHER_BURST_NOCHECK(manager_, jobs, cm_burst, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT,
                                    IMB_KEY_128_BYTES);
    IMB_SUBMIT_HASH_BURST_NOCHECK(manager_, jobs, cm_burst, IMB_AUTH_HMAC_SHA_1);
  }
}

double BareCipher::run(double seconds) {
  if (profile_ != srtp::Profile::aes128_cm_sha1_80) return run(&BareCipher::gcm, seconds);
  // A floor is the fastest way there is, and which one that is depends on processor and size.
  return std::min(run(&BareCipher::cm_jobs, seconds / 2), run(&BareCipher::cm_bursts, seconds / 2));
}

double BareCipher::run(Way way, double seconds) {
  const double hz = static_cast<double>(rte_get_tsc_hz());
  const auto enough = static_cast<uint64_t>(seconds * hz);
  constexpr std::size_t batch = 512;
  for (std::size_t warm = 0; warm < destinations_.size(); warm += batch) (this->*way)(batch);
  uint64_t packets = 0, cycles = 0;
  while (cycles < enough) {
    const int64_t interrupted = interruptions();
    const uint64_t begin = rte_rdtsc();
    (this->*way)(batch);
    const uint64_t took = rte_rdtsc() - begin;
    if (interruptions() != interrupted) continue;
    cycles += took;
    packets += batch;
  }
  return static_cast<double>(cycles) / hz * 1e9 / static_cast<double>(packets);
}

}  // namespace sluice::perf
