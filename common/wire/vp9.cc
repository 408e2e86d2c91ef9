#include "common/wire/vp9.h"

namespace sluice::wire {
namespace {

// RFC 9628 s4.2.1: the scalability structure. Of the picture group only the length is of interest.
void read_structure(Reader& r, Vp9View& v) {
  const uint8_t head = r.u8();
  v.spatial_layers = static_cast<uint8_t>((head >> 5) + 1);
  if ((head & 0x10) != 0) {
    for (std::size_t i = 0; i < v.spatial_layers; i++) {
      v.sizes[i].width = r.u16();
      v.sizes[i].height = r.u16();
    }
  }
  if ((head & 0x08) == 0) return;
  for (unsigned pictures = r.u8(); pictures != 0 && r.ok(); pictures--) r.skip(r.u8() >> 2 & 3u);
}

}  // namespace

std::optional<Vp9View> parse_vp9(ByteView payload) {
  Reader r(payload);
  const uint8_t first = r.u8();
  Vp9View v;
  v.inter_predicted = (first & 0x40) != 0;
  v.has_layers = (first & 0x20) != 0;
  v.flexible = (first & 0x10) != 0;
  v.start_of_frame = (first & 0x08) != 0;
  v.end_of_frame = (first & 0x04) != 0;
  v.has_structure = (first & 0x02) != 0;
  v.not_reference = (first & 0x01) != 0;
  if ((first & 0x80) != 0) {
    v.picture_id_offset = static_cast<uint8_t>(r.offset());
    const uint8_t high = r.u8();
    v.picture_id_length = (high & 0x80) != 0 ? 2 : 1;
    v.picture_id = high & 0x7f;
    if (v.picture_id_length == 2) v.picture_id = static_cast<uint16_t>(v.picture_id << 8 | r.u8());
  }
  if (v.has_layers) {
    const uint8_t b = r.u8();
    v.tid = static_cast<uint8_t>(b >> 5);
    v.switching_up = (b & 0x10) != 0;
    v.sid = b >> 1 & 7;
    v.inter_layer = (b & 0x01) != 0;
    if (!v.flexible) {
      v.tl0picidx_offset = static_cast<uint8_t>(r.offset());
      v.tl0picidx = r.u8();
    }
  }
  if (v.flexible && v.inter_predicted) {
    bool more = true;
    while (more && v.reference_count < vp9_references_max) {
      const uint8_t b = r.u8();
      v.references[v.reference_count++] = static_cast<uint8_t>(b >> 1);
      more = (b & 0x01) != 0;
    }
    // RFC 9628 s4.2: at most three, so the third must say that none follows.
    if (more) return std::nullopt;
  }
  if (v.has_structure) read_structure(r, v);
  if (!r.ok() || r.remaining() == 0) return std::nullopt;
  v.descriptor_length = static_cast<uint16_t>(r.offset());
  return v;
}

void patch_vp9_picture_id(uint8_t* payload, const Vp9View& vp9, uint16_t picture_id) {
  if (vp9.picture_id_length == 2) {
    store_be16(payload + vp9.picture_id_offset, picture_id | 0x8000);
  } else {
    payload[vp9.picture_id_offset] = picture_id & 0x7f;
  }
}

}  // namespace sluice::wire
