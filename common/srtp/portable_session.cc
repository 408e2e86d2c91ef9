#include <string.h>

#include <algorithm>

#include "common/base/assert.h"
#include "common/srtp/portable.h"
#include "common/srtp/rollover.h"

namespace sluice::srtp {
namespace {

srtp_profile_t libsrtp_profile(Profile profile) {
  switch (profile) {
    case Profile::aes128_cm_sha1_80:
      return srtp_profile_aes128_cm_sha1_80;
    case Profile::aead_aes_128_gcm:
      return srtp_profile_aead_aes_128_gcm;
    case Profile::aead_aes_256_gcm:
      return srtp_profile_aead_aes_256_gcm;
    case Profile::none:
      break;
  }
  return srtp_profile_reserved;
}

// libsrtp's answers when its own window, not the tag, stands in the way.
bool is_index_refusal(srtp_err_status_t status) {
  return status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old ||
         status == srtp_err_status_pkt_idx_old || status == srtp_err_status_pkt_idx_adv;
}

}  // namespace

PortableSession::PortableSession(Profile profile, const MasterKey& master)
    : keys_(derive_session_keys(profile, master)) {
  const auto end = std::copy_n(master.key.begin(), key_length(profile), master_.begin());
  std::copy_n(master.salt.begin(), salt_length(profile), end);
  const srtp_profile_t p = libsrtp_profile(profile);
  SLUICE_ASSERT(srtp_crypto_policy_set_from_profile_for_rtp(&policy_.rtp, p) == srtp_err_status_ok);
  SLUICE_ASSERT(srtp_crypto_policy_set_from_profile_for_rtcp(&policy_.rtcp, p) ==
                srtp_err_status_ok);
  policy_.key = master_.data();
  policy_.ssrc.type = ssrc_specific;
  policy_.allow_repeat_tx = 1;
  SLUICE_ASSERT(srtp_create(&session_, nullptr) == srtp_err_status_ok);
}

PortableSession::~PortableSession() {
  srtp_dealloc(session_);
  explicit_bzero(master_.data(), master_.size());
}

void PortableSession::forget(Ssrc ssrc) {
  if (streams_.erase(ssrc.value()) > 0) srtp_remove_stream(session_, ssrc.value());
}

PortableSession::Stream& PortableSession::renew(Ssrc ssrc) {
  forget(ssrc);
  policy_.ssrc.value = ssrc.value();
  SLUICE_ASSERT(srtp_add_stream(session_, &policy_) == srtp_err_status_ok);
  return streams_[ssrc.value()];
}

bool PortableSession::run(Call call, uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index) {
  const Seq16 seq(static_cast<uint16_t>(index.value()));
  const auto roc = static_cast<uint32_t>(index.value() >> 16);
  const auto found = streams_.find(ssrc.value());
  const bool fits = found != streams_.end() && found->second.started &&
                    estimate_index(SrtpIndex(found->second.highest), seq) == index;
  if (fits) {
    const srtp_err_status_t status = call(session_, packet, length);
    if (status == srtp_err_status_ok) {
      found->second.highest = std::max(found->second.highest, index.value());
      return true;
    }
    if (!is_index_refusal(status)) return false;
  }
  Stream& stream = renew(ssrc);
  if (roc > 0)
    SLUICE_ASSERT(srtp_set_stream_roc(session_, ssrc.value(), roc) == srtp_err_status_ok);
  if (call(session_, packet, length) != srtp_err_status_ok) {
    // A forged SSRC leaves nothing behind.
    forget(ssrc);
    return false;
  }
  stream.started = true;
  stream.highest = index.value();
  return true;
}

bool PortableSession::protect(uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index) {
  return run(srtp_protect, packet, length, ssrc, index);
}

bool PortableSession::unprotect(uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index) {
  return run(srtp_unprotect, packet, length, ssrc, index);
}

bool PortableSession::unprotect_rtcp(uint8_t* packet, int* length, Ssrc ssrc) {
  if (streams_.contains(ssrc.value())) {
    const srtp_err_status_t status = srtp_unprotect_rtcp(session_, packet, length);
    if (status == srtp_err_status_ok) return true;
    if (!is_index_refusal(status)) return false;
  }
  renew(ssrc);
  if (srtp_unprotect_rtcp(session_, packet, length) == srtp_err_status_ok) return true;
  forget(ssrc);
  return false;
}

}  // namespace sluice::srtp
