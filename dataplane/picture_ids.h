// PictureIds: the VP8 picture ids (RFC 7741 s4.2) of a class, without a gap although the class
// leaves pictures out: a decoder waits for a picture that it has reason to believe is missing. A
// picture that was lost on the way in stays a gap. Another source begins with a key frame and ids
// of its own.
#pragma once

#include <array>
#include <cstdint>

#include "common/wire/vp8.h"

namespace sluice::dataplane {

class PictureIds {
 public:
  // This packet is the first of a source that the class follows from now on.
  void follow(const wire::Vp8View& first);
  // The class leaves out the picture of this packet. Call for each of its packets.
  void leave_out(const wire::Vp8View& packet);
  // What a packet that the class forwards says instead of its own id.
  uint16_t forward(const wire::Vp8View& packet);
  // What is forwarded says what it said on the way in.
  bool unchanged() const { return left_out_ == 0; }

 private:
  static constexpr std::size_t remembered = 32;

  // The source's id is later than `other`, by the serial arithmetic of their length.
  bool is_later(uint16_t id, uint16_t other) const {
    return id != other && ((id - other) & mask_) <= mask_ / 2;
  }

  uint16_t mask_ = 0x7fff;
  uint16_t newest_ = 0;                              // the source's, seen
  uint32_t left_out_ = 0;                            // pictures of this source
  std::array<uint16_t, remembered> left_out_ids_{};  // the last of them
};

}  // namespace sluice::dataplane
