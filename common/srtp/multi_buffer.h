// The multi-buffer engine: libipsec-mb, one call per packet for AES-GCM, up to 64 packets side by
// side for AES-CM and HMAC-SHA1. No heap and no system call after create().
#pragma once

#include <intel-ipsec-mb.h>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/srtp/engine.h"
#include "common/srtp/key_derivation.h"
#include "common/srtp/session_key.h"

namespace sluice::srtp {

class MultiBuffer {
 public:
  static constexpr std::size_t cm_batch_max = 64;

  static Result<std::unique_ptr<MultiBuffer>> create();
  MultiBuffer(const MultiBuffer&) = delete;
  MultiBuffer& operator=(const MultiBuffer&) = delete;
  ~MultiBuffer();

  const std::string& description() const { return description_; }

  // Expands session keys (already derived) into `storage`, sizeof(SessionKey) bytes, 64-byte
  // aligned.
  SessionKey* expand(Profile profile, const SessionKeys& keys, void* storage);

  // AES-GCM costs 2 to 3 % more than the bare cipher call with keys in the cache, about 10 % more
  // with 10,000 keys in random order. AES-CM is best in batches of 64: 8 % better than 16, and it
  // needs the company of its own profile.
  void protect(std::span<const ProtectJob> jobs, std::span<const ProtectJob> next = {});
  void unprotect(std::span<UnprotectJob> jobs);
  std::size_t protect_rtcp(const RtcpKey& key, uint8_t* packet, std::size_t length,
                           std::size_t capacity, SrtcpIndex index);
  std::size_t unprotect_rtcp(const RtcpKey& key, uint8_t* packet, std::size_t length,
                             SrtcpIndex* index);

 private:
  struct ManagerFree {
    void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
  };
  using Manager = std::unique_ptr<IMB_MGR, ManagerFree>;

  // What the AES-CM profile needs beside the packets; too large for the stack of a hot loop.
  struct CmBatch {
    std::array<IMB_JOB, cm_batch_max> jobs{};
    std::array<std::array<uint8_t, 16>, cm_batch_max> ivs{};
    std::array<std::array<uint8_t, 16>, cm_batch_max> tags{};
    std::vector<uint8_t> copies;  // of received packets, each with the ROC behind it
  };

  explicit MultiBuffer(Manager manager, std::string description);

  // Runs of equal profile, split off by protect() and unprotect(). next: begins at the job that has
  // the first one's place in the next call.
  void protect_gcm(std::span<const ProtectJob> jobs, std::span<const ProtectJob> next,
                   aes_gcm_enc_dec_t cipher);
  void unprotect_gcm(std::span<UnprotectJob> jobs, aes_gcm_enc_dec_t cipher);
  void protect_cm(std::span<const ProtectJob> jobs, std::span<const ProtectJob> next);
  std::size_t unprotect_cm(std::span<UnprotectJob> jobs);  // returns how many it did
  void cm_cipher(std::size_t first, std::size_t count);
  void cm_hash(std::size_t count);
  void expand_cm(const CipherKeys& keys, CmKey* out);

  std::size_t protect_rtcp_gcm(const RtcpKey& key, uint8_t* packet, std::size_t length,
                               SrtcpIndex index);
  std::size_t protect_rtcp_cm(const RtcpKey& key, uint8_t* packet, std::size_t length,
                              SrtcpIndex index);
  std::size_t unprotect_rtcp_gcm(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                 SrtcpIndex* index);
  std::size_t unprotect_rtcp_cm(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                SrtcpIndex* index);
  void expand_rtcp_gcm(const RtcpKey& key);
  void expand_rtcp_cm(const RtcpKey& key);
  void rtcp_cm_cipher(const RtcpKey& key, uint8_t* packet, std::size_t length, SrtcpIndex index);
  void rtcp_cm_tag(const uint8_t* packet, std::size_t length, uint8_t* tag);

  Manager manager_;
  std::string description_;
  gcm_context_data gcm_context_{};
  alignas(cache_line) gcm_key_data rtcp_gcm_{};  // expanded for one SRTCP packet, then wiped
  CmKey rtcp_cm_{};
  std::unique_ptr<CmBatch> cm_;
};

}  // namespace sluice::srtp
