// PictureIds: the VP8 picture ids and TL0PICIDX (RFC 7741 s4.2) of a class, without a gap although
// the class leaves pictures out or changes its source: a decoder waits for a picture that it has
// reason to believe is missing. A picture that was lost on the way in stays a gap.
#pragma once

#include <array>
#include <cstdint>

#include "common/wire/vp8.h"

namespace sluice::dataplane {

class PictureIds {
 public:
  struct Ids {
    uint16_t picture = 0;
    uint8_t tl0 = 0;
  };

  // This packet is the first of a source that the class follows from now on.
  void follow(const wire::Vp8View& first);
  // The class leaves out the picture of this packet. Call for each of its packets.
  void leave_out(const wire::Vp8View& packet);
  // What a packet that the class forwards says instead of its own.
  Ids forward(const wire::Vp8View& packet);
  // What is forwarded says what it said on the way in.
  bool unchanged() const { return left_out_ == 0 && !moved_; }

 private:
  static constexpr std::size_t remembered = 32;

  // The source's id is later than `other`, by the serial arithmetic of their length.
  bool is_later(uint16_t id, uint16_t other) const {
    return id != other && ((id - other) & mask_) <= mask_ / 2;
  }

  bool started_ = false;
  bool moved_ = false;  // the source was changed: its ids go on where the last one's ended
  uint16_t mask_ = 0x7fff;
  uint16_t picture_delta_ = 0;  // out = in - delta, before what was left out
  uint8_t tl0_delta_ = 0;
  uint16_t newest_ = 0;                              // the source's, seen
  uint32_t left_out_ = 0;                            // pictures of this source
  std::array<uint16_t, remembered> left_out_ids_{};  // the last of them
  Ids last_;                                         // given out, the newest
};

}  // namespace sluice::dataplane
