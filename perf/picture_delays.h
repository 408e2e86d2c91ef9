// PictureDelays: when the packets of one track left the node, receiver by receiver, against when
// they had arrived. A picture's delay for the first (last) receiver is that of its packet which
// left latest for whoever was first (last).
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/time.h"

namespace sluice::perf {

struct PictureDelay {
  double first_ms = 0;
  double last_ms = 0;
  bool key = false;
};

class PictureDelays {
 public:
  // The node has forwarded `before` packets of this track already. keep_each: all delays, too.
  PictureDelays(uint32_t receivers, uint64_t before, bool keep_each)
      : receivers_(receivers),
        before_(before),
        next_(before),
        keep_each_(keep_each),
        packets_(window) {}

  // The next packet of the track reached the node at `at`.
  void on_sent(TimeNs at, uint32_t picture, bool key);
  // Packet number `number` (modulo 2^16; the first of the track is 0) left for one more receiver.
  void on_left(uint16_t number, TimeNs at);

  uint64_t sent() const { return next_; }
  // Packets that did not leave for every receiver, for those that may be called over.
  uint64_t incomplete() const;
  uint64_t strays() const { return strays_; }  // left without having arrived

  // Whole pictures so far, and every departure's delay in milliseconds.
  const std::vector<PictureDelay>& pictures() const { return pictures_; }
  const std::vector<double>& each_ms() const { return each_ms_; }

 private:
  static constexpr std::size_t window = 16'384;  // packets on their way at most
  struct Packet {
    TimeNs arrived = 0;
    TimeNs first = 0;
    TimeNs last = 0;
    uint32_t left = 0;
    uint32_t picture = UINT32_MAX;
    bool key = false;
  };
  void end_picture(const Packet& p);

  uint32_t receivers_;
  uint64_t before_;
  uint64_t next_;
  bool keep_each_;
  std::vector<Packet> packets_;
  std::vector<PictureDelay> pictures_;
  std::vector<uint32_t> numbers_;  // of pictures_
  std::vector<double> each_ms_;
  uint64_t strays_ = 0;
};

}  // namespace sluice::perf
