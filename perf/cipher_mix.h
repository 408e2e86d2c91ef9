// CipherMix: what the bare cipher takes for a mix of packet sizes, measured in short blocks
// between those of the worker. Also the yardstick of the machine's speed, which drifts.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "perf/bare_cipher.h"
#include "perf/pulse.h"

namespace sluice::perf {

class CipherMix {
 public:
  // head: bytes of RTP header; buffers: destinations, as many as the node's pool has. Measures the
  // reference, about a second: what the fastest tenth of its blocks took.
  CipherMix(srtp::Profile profile, std::size_t head, std::size_t buffers);

  // One block of two milliseconds, and a pass over the ring for each size.
  void measure();
  // This machine now, by its pulse, and by what the last blocks say of its memory: 1 = as fast as
  // at the reference. For every loop.
  double speed();
  // Nanoseconds of a packet with this payload on the reference machine: between the sizes measured
  // the cost is a straight line.
  double packet_ns(std::size_t payload) const;
  // The same for a mix: sizes[n] packets with a payload of n bytes.
  double mix_ns(const std::vector<uint64_t>& sizes) const;

 private:
  static constexpr std::array<std::size_t, 3> payloads = {100, 600, 1'160};
  DestinationRing destinations_;
  std::array<std::unique_ptr<BareCipher>, payloads.size()> ciphers_;
  std::array<double, payloads.size()> reference_ns_{};
  Pulse pulse_;
  std::vector<double> ratios_;  // the last blocks' speed, by that of the pulse
  std::size_t next_ = 0;
};

}  // namespace sluice::perf
