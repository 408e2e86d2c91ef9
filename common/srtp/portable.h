// The portable engine: libsrtp, one packet at a time. The fallback where the multi-buffer engine
// does not start, and the oracle that it is checked against. It allocates when an SSRC is first
// seen.
#pragma once

#include <srtp2/srtp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/result.h"
#include "common/srtp/engine.h"
#include "common/srtp/key_derivation.h"
#include "common/srtp/portable_rtcp.h"
#include "common/srtp/session_key.h"

namespace sluice::srtp {

// One direction of one endpoint, on libsrtp sessions with a template: a stream is born with the
// first packet of an SSRC that authenticates, and shares the template's keys.
//
// libsrtp keeps its own roll-over counters and replay windows; here both are the caller's. So the
// session remembers the highest index per SSRC as libsrtp does, and where libsrtp would guess
// another index than the caller's, or refuses it as a replay, the stream starts anew at the
// caller's roll-over counter. A counter above 0 takes a stream with keys of its own, which costs
// Debian's libsrtp 2 ms; what comes from the network unauthenticated never makes one per packet.
class PortableSession {
 public:
  PortableSession(Profile profile, const MasterKey& master);
  PortableSession(const PortableSession&) = delete;
  PortableSession& operator=(const PortableSession&) = delete;
  ~PortableSession();

  // In place; `length` is that of the packet before and after. False: libsrtp refuses.
  bool protect(uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index);
  bool unprotect(uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index);
  bool unprotect_rtcp(uint8_t* packet, int* length, Ssrc ssrc);
  const CipherKeys& rtcp_keys() const { return keys_.rtcp; }

 private:
  struct Stream {
    bool started =
        false;  // false: made for a roll-over counter above 0, and nothing has authenticated yet
    uint64_t highest = 0;
  };
  using Call = srtp_err_status_t (*)(srtp_t, void*, int*);

  bool run(Call call, uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index);
  bool start(Call call, uint8_t* packet, int* length, Ssrc ssrc, SrtpIndex index);
  srtp_t make_session();

  srtp_policy_t policy_{};
  std::array<uint8_t, key_length_max + salt_length_max> master_{};
  SessionKeys keys_;
  srtp_t rtp_ = nullptr;
  srtp_t rtcp_ =
      nullptr;  // made when first used; apart, so that a replayed RTCP packet cannot disturb RTP
  std::unordered_map<uint32_t, Stream> streams_;
};

class Portable {
 public:
  static Result<std::unique_ptr<Portable>> create();
  const std::string& description() const { return description_; }

  SessionKey* expand(Profile profile, const MasterKey& master, void* storage);
  static void end(SessionKey* key);

  void protect(std::span<const ProtectJob> jobs);
  void unprotect(std::span<UnprotectJob> jobs);
  std::size_t protect_rtcp(const SessionKey* key, uint8_t* packet, std::size_t length,
                           std::size_t capacity, SrtcpIndex index);
  std::size_t unprotect_rtcp(const SessionKey* key, uint8_t* packet, std::size_t length,
                             SrtcpIndex* index);
  std::size_t unprotect_rtcp(const RtcpKey& key, uint8_t* packet, std::size_t length,
                             SrtcpIndex* index);

 private:
  Portable();
  std::string description_;
  std::vector<uint8_t> copy_;  // libsrtp works in place, received bytes are not ours to change
  PortableRtcp rtcp_;
};

}  // namespace sluice::srtp
