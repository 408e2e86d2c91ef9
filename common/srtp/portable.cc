#include "common/srtp/portable.h"

#include <string.h>

#include <algorithm>
#include <new>

#include "common/base/assert.h"
#include "common/srtp/srtcp.h"

namespace sluice::srtp {
namespace {

constexpr std::size_t packet_length_max = 65'535;

}  // namespace

Result<std::unique_ptr<Portable>> Portable::create() {
  // Once per process, and never undone: other engines may live on.
  static const srtp_err_status_t started = srtp_init();
  if (started != srtp_err_status_ok)
    return Error{"libsrtp does not start (status " + std::to_string(started) + ")"};
  return std::unique_ptr<Portable>(new Portable());
}

Portable::Portable()
    : description_(srtp_get_version_string()), copy_(packet_length_max + SRTP_MAX_TRAILER_LEN) {}

SessionKey* Portable::expand(Profile profile, const MasterKey& master, void* storage) {
  SLUICE_ASSERT(reinterpret_cast<uintptr_t>(storage) % cache_line == 0);
  auto* key = new (storage) SessionKey{};
  key->profile = profile;
  key->portable() = new PortableSession(profile, master);
  return key;
}

void Portable::end(SessionKey* key) {
  delete key->portable();
}

void Portable::protect(std::span<const ProtectJob> jobs) {
  for (const ProtectJob& job : jobs) {
    if (job.payload_length > 0)
      memcpy(job.packet + job.header_length, job.payload, job.payload_length);
    int length = job.header_length + job.payload_length;
    // The packet is our own: libsrtp has no reason to refuse it.
    SLUICE_ASSERT(job.key->portable()->protect(job.packet, &length, job.ssrc, job.index));
  }
}

void Portable::unprotect(std::span<UnprotectJob> jobs) {
  for (UnprotectJob& job : jobs) {
    job.ok = false;
    if (job.length < job.header_length + rtp_overhead(job.key->profile)) continue;
    memcpy(copy_.data(), job.packet, job.length);
    int length = job.length;
    if (!job.key->portable()->unprotect(copy_.data(), &length, job.ssrc, job.index)) continue;
    job.payload_length = static_cast<uint16_t>(length - job.header_length);
    memcpy(job.payload, copy_.data() + job.header_length, job.payload_length);
    job.ok = true;
  }
}

std::size_t Portable::protect_rtcp(const SessionKey* key, uint8_t* packet, std::size_t length,
                                   std::size_t capacity, SrtcpIndex index) {
  SLUICE_ASSERT(length >= srtcp_header_length && index.value() <= srtcp_index_max);
  SLUICE_ASSERT(capacity >= length + rtcp_overhead(key->profile) + 2);
  return rtcp_.protect(key->profile, key->portable()->rtcp_keys(), packet, length, index);
}

std::size_t Portable::unprotect_rtcp(const SessionKey* key, uint8_t* packet, std::size_t length,
                                     SrtcpIndex* index) {
  const std::size_t overhead = rtcp_overhead(key->profile);
  if (length < srtcp_header_length + overhead || length > packet_length_max) return 0;
  // AEAD puts the trailer word last, AES-CM before the tag.
  const std::size_t behind =
      key->profile == Profile::aes128_cm_sha1_80 ? overhead : srtcp_word_length;
  const SrtcpIndex found = srtcp_index(packet + length - behind);
  int plain_length = static_cast<int>(length);
  if (!key->portable()->unprotect_rtcp(packet, &plain_length, srtcp_ssrc(packet))) return 0;
  *index = found;
  return static_cast<std::size_t>(plain_length);
}

std::size_t Portable::unprotect_rtcp(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                     SrtcpIndex* index) {
  if (length < srtcp_header_length + rtcp_overhead(key.profile) || length > packet_length_max)
    return 0;
  CipherKeys keys = cipher_keys(key);
  const std::size_t plain_length = rtcp_.unprotect(key.profile, keys, packet, length, index);
  explicit_bzero(&keys, sizeof keys);
  return plain_length;
}

}  // namespace sluice::srtp
