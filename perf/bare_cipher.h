// The floor of every fan-out bench: libipsec-mb alone, one hot key, a hot source, destinations that
// go round a pool.
#pragma once

#include <intel-ipsec-mb.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/srtp_profile.h"
#include "perf/destination_ring.h"

namespace sluice::perf {

class BareCipher {
 public:
  // payload: bytes encrypted per packet; head: bytes authenticated in front of it. The ring
  // outlives this, and may be several ciphers' in turns.
  BareCipher(srtp::Profile profile, std::size_t payload, std::size_t head,
             DestinationRing& destinations);
  ~BareCipher();
  BareCipher(const BareCipher&) = delete;
  BareCipher& operator=(const BareCipher&) = delete;

  // Goes round the ring once, then runs for about that long, interruptions left out; nanoseconds
  // per packet.
  double run(double seconds);
  // That many packets, AEAD profiles only.
  void encrypt(std::size_t packets) { gcm(packets); }

 private:
  using Way = void (BareCipher::*)(std::size_t packets);
  void gcm(std::size_t packets);
  void fill(IMB_JOB* job);
  void cm_jobs(std::size_t packets);
  void cm_bursts(std::size_t packets);
  double run(Way way, double seconds);

  srtp::Profile profile_;
  std::size_t payload_;
  std::size_t head_;
  IMB_MGR* manager_;
  std::vector<uint8_t> source_;
  DestinationRing& destinations_;
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

}  // namespace sluice::perf
