// The SRTP engine seam: RFC 3711 and RFC 7714 on batches. Two engines behind it: the multi-buffer
// one (libipsec-mb) and the portable one (libsrtp), which is also the oracle of the tests. An
// Engine belongs to one thread.
//
// Replay windows, roll-over counters and index allocation are the caller's (replay.h, rollover.h):
// the engine gets the 48-bit index of every packet and does nothing but keys and ciphers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "common/base/result.h"
#include "common/base/srtp_profile.h"
#include "common/base/types.h"
#include "common/srtp/rtcp_key.h"

namespace sluice::srtp {

enum class EngineKind : uint8_t { multi_buffer, libsrtp };

// An expanded session key of one direction of one endpoint. Opaque, sized by Engine::key_size(),
// 64-byte aligned, private to the process (its layout depends on the CPU).
struct SessionKey;

// In both jobs `ssrc` and the lower 16 bits of `index` are those of the header: libsrtp reads them
// there.

// Protects one RTP packet out of place: `packet` already holds the finished RTP header
// (header_length bytes, CSRCs and extensions included); the payload is read from `payload` and
// written, encrypted and with its tag, behind the header. `packet` has room for header_length +
// payload_length + rtp_overhead(profile) + 2.
struct ProtectJob {
  const SessionKey* key;
  uint8_t* packet;
  const uint8_t* payload;
  uint16_t header_length;
  uint16_t payload_length;
  Ssrc ssrc;
  SrtpIndex index;
};

// Unprotects one RTP packet out of place: the header stays where it is, the plain payload is
// written to `payload`, which has room for length - header_length bytes. On a bad tag nothing
// behind `payload` may be used.
struct UnprotectJob {
  const SessionKey* key;
  const uint8_t* packet;
  uint8_t* payload;
  uint16_t length;  // whole packet with tag
  uint16_t header_length;
  Ssrc ssrc;
  SrtpIndex index;
  bool ok = false;              // out: tag verified
  uint16_t payload_length = 0;  // out
};

class Engine {
 public:
  // Fails where the CPU or library lacks what the engine needs; the message names it.
  static Result<std::unique_ptr<Engine>> create(EngineKind kind);
  ~Engine();

  EngineKind kind() const;
  std::string_view description() const;  // "libipsec-mb 1.3, AVX512 VAES"

  // Bytes of storage a SessionKey takes for the largest profile; a multiple of 64.
  std::size_t key_size() const;
  // Derives the session keys (RFC 3711 s4.3, RFC 7714 s12) and expands them into `storage`.
  SessionKey* expand(Profile profile, const MasterKey& master, void* storage);
  // Wipes and ends a key made by expand().
  void wipe(SessionKey* key);
  // The SRTCP key alone, for a direction that carries no media. Wipe it when it ends.
  RtcpKey keep_rtcp(Profile profile, const MasterKey& master) const;
  static void wipe(RtcpKey& key);
  static Profile profile_of(const SessionKey* key);

  // All jobs are done when it returns. Jobs may mix keys and profiles. Any number of jobs. `next`:
  // what the call after this one will protect; its keys come from memory meanwhile.
  void protect(std::span<const ProtectJob> jobs, std::span<const ProtectJob> next = {});
  void unprotect(std::span<UnprotectJob> jobs);

  // SRTCP, one packet at a time, in place; appends E flag, index and tag (RFC 3711 s3.4).
  // `capacity` >= length + rtcp_overhead(profile) + 2. Returns the new length.
  std::size_t protect_rtcp(const SessionKey* key, uint8_t* packet, std::size_t length,
                           std::size_t capacity, SrtcpIndex index);
  // Returns the plain length, or 0 when too short, not encrypted, or the tag does not verify.
  // *index = the packet's index.
  std::size_t unprotect_rtcp(const SessionKey* key, uint8_t* packet, std::size_t length,
                             SrtcpIndex* index);
  std::size_t unprotect_rtcp(const RtcpKey& key, uint8_t* packet, std::size_t length,
                             SrtcpIndex* index);

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::srtp
