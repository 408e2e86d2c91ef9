// The sizes of a video encoder's frames: a bit rate kept on average, with key frames that cost a
// multiple and are paid back by the frames after them.
#pragma once

#include <algorithm>
#include <cstdint>

namespace sluice::loadgen {

class VideoFrames {
 public:
  VideoFrames(uint32_t bitrate_kbps, uint32_t frames_per_s)
      : share_(static_cast<int64_t>(bitrate_kbps) * 1'000 / 8 / frames_per_s) {}

  // Bytes of the next frame.
  std::size_t next(bool key_frame) {
    const int64_t size = key_frame ? key_frame_shares * share_
                                   : std::max(share_ / 2, share_ - debt_ / frames_to_pay_back);
    debt_ += size - share_;
    return static_cast<std::size_t>(size);
  }

 private:
  static constexpr int64_t key_frame_shares = 6;
  static constexpr int64_t frames_to_pay_back = 15;

  int64_t share_;  // of the bit rate, per frame
  int64_t debt_ = 0;
};

}  // namespace sluice::loadgen
