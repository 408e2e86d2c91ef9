#include "dataplane/picture_ids.h"

#include <algorithm>

namespace sluice::dataplane {

void PictureIds::follow(const wire::Vp8View& first) {
  mask_ = first.picture_id_length == 1 ? 0x7f : 0x7fff;
  left_out_ = 0;
  newest_ = static_cast<uint16_t>((first.picture_id - 1) & mask_);
}

void PictureIds::leave_out(const wire::Vp8View& packet) {
  // A late one is not: later pictures have their numbers already, its place stays a gap.
  if (!is_later(packet.picture_id, newest_)) return;
  newest_ = packet.picture_id;
  left_out_ids_[left_out_++ % remembered] = packet.picture_id;
}

uint16_t PictureIds::forward(const wire::Vp8View& packet) {
  uint32_t before = left_out_;
  if (is_later(newest_, packet.picture_id)) {
    // Pictures that were left out later than this one, which is late, do not count for it.
    for (std::size_t i = 0; i < std::min<std::size_t>(left_out_, remembered); ++i)
      before -= is_later(left_out_ids_[i], packet.picture_id) ? 1 : 0;
  } else {
    newest_ = packet.picture_id;
  }
  return static_cast<uint16_t>((packet.picture_id - before) & mask_);
}

}  // namespace sluice::dataplane
