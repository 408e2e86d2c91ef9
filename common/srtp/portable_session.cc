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

// Wider than the caller's replay window, so that libsrtp's own is never the narrower one.
constexpr unsigned long window_width = 1'024;

// srtp_remove_stream alone takes the SSRC in network byte order.
uint32_t network_order(Ssrc ssrc) {
  return __builtin_bswap32(ssrc.value());
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
  policy_.window_size = window_width;
  policy_.allow_repeat_tx = 1;
  rtp_ = make_session();
}

PortableSession::~PortableSession() {
  srtp_dealloc(rtp_);
  if (rtcp_ != nullptr) srtp_dealloc(rtcp_);
  explicit_bzero(master_.data(), master_.size());
}

srtp_t PortableSession::make_session() {
  // The template serves both directions; an inbound one makes a stream only when a packet
  // authenticates.
  policy_.ssrc = {ssrc_any_inbound, 0};
  srtp_t session = nullptr;
  SLUICE_ASSERT(srtp_create(&session, &policy_) == srtp_err_status_ok);
  return session;
}

bool PortableSession::run(Call call, uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index) {
  const auto found = streams_.find(ssrc.value());
  if (found == streams_.end()) return start(call, packet, length, ssrc, index);
  Stream& stream = found->second;
  const Seq16 seq(static_cast<uint16_t>(index.value()));
  const auto roc = static_cast<uint32_t>(index.value() >> 16);
  const bool fits =
      stream.started ? estimate_index(SrtpIndex(stream.highest), seq) == index : roc > 0;
  if (fits) {
    if (!stream.started) srtp_set_stream_roc(rtp_, ssrc.value(), roc);
    const srtp_err_status_t status = call(rtp_, packet, length);
    if (status == srtp_err_status_ok) {
      stream.highest = std::max(stream.highest, index.value());
      stream.started = true;
      return true;
    }
    if (!is_index_refusal(status)) return false;
  }
  streams_.erase(found);
  SLUICE_ASSERT(srtp_remove_stream(rtp_, network_order(ssrc)) == srtp_err_status_ok);
  return start(call, packet, length, ssrc, index);
}

bool PortableSession::start(Call call, uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index) {
  const auto roc = static_cast<uint32_t>(index.value() >> 16);
  if (roc > 0) {
    policy_.ssrc = {ssrc_specific, ssrc.value()};
    SLUICE_ASSERT(srtp_add_stream(rtp_, &policy_) == srtp_err_status_ok);
    SLUICE_ASSERT(srtp_set_stream_roc(rtp_, ssrc.value(), roc) == srtp_err_status_ok);
    streams_[ssrc.value()] = {};
  }
  if (call(rtp_, packet, length) != srtp_err_status_ok) return false;
  streams_[ssrc.value()] = {true, index.value()};
  return true;
}

bool PortableSession::protect(uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index) {
  return run(srtp_protect, packet, length, ssrc, index);
}

bool PortableSession::unprotect(uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index) {
  return run(srtp_unprotect, packet, length, ssrc, index);
}

bool PortableSession::unprotect_rtcp(uint8_t* packet, int* length, Ssrc ssrc) {
  if (rtcp_ == nullptr) rtcp_ = make_session();
  const srtp_err_status_t status = srtp_unprotect_rtcp(rtcp_, packet, length);
  if (!is_index_refusal(status)) return status == srtp_err_status_ok;
  SLUICE_ASSERT(srtp_remove_stream(rtcp_, network_order(ssrc)) == srtp_err_status_ok);
  return srtp_unprotect_rtcp(rtcp_, packet, length) == srtp_err_status_ok;
}

}  // namespace sluice::srtp
