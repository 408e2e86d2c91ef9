#include "common/wire/vp8.h"

namespace sluice::wire {
namespace {

constexpr std::size_t key_frame_header_length = 10;

void read_payload_header(ByteView bytes, Vp8View& v) {
  // RFC 7741 s4.3, RFC 6386 s9.1: P is the inverse key-frame flag.
  v.key_frame = (bytes[0] & 0x01) == 0;
  if (!v.key_frame || bytes.size() < key_frame_header_length ||
      load_be24(bytes.data() + 3) != 0x9d012a) {
    return;
  }
  v.width = static_cast<uint16_t>((bytes[6] | bytes[7] << 8) & 0x3fff);
  v.height = static_cast<uint16_t>((bytes[8] | bytes[9] << 8) & 0x3fff);
}

}  // namespace

std::optional<Vp8View> parse_vp8(ByteView payload) {
  Reader r(payload);
  const uint8_t first = r.u8();
  Vp8View v;
  v.non_reference = (first & 0x20) != 0;
  v.start_of_partition = (first & 0x10) != 0;
  v.partition = first & 0x07;
  const uint8_t extended = (first & 0x80) != 0 ? r.u8() : uint8_t{0};
  if ((extended & 0x80) != 0) {
    v.picture_id_offset = static_cast<uint8_t>(r.offset());
    const uint8_t high = r.u8();
    v.picture_id_length = (high & 0x80) != 0 ? 2 : 1;
    v.picture_id = high & 0x7f;
    if (v.picture_id_length == 2) v.picture_id = static_cast<uint16_t>(v.picture_id << 8 | r.u8());
  }
  if ((extended & 0x40) != 0) {
    v.tl0picidx_offset = static_cast<uint8_t>(r.offset());
    v.tl0picidx = r.u8();
  }
  if ((extended & 0x30) != 0) {
    // RFC 7741 s4.2: one byte for T and K together; the half whose bit is not set is ignored.
    const uint8_t b = r.u8();
    if ((extended & 0x20) != 0) {
      v.has_tid = true;
      v.tid = static_cast<uint8_t>(b >> 6);
      v.layer_sync = (b & 0x20) != 0;
    }
    if ((extended & 0x10) != 0) v.key_idx = b & 0x1f;
  }
  if (!r.ok() || r.remaining() == 0) return std::nullopt;
  v.descriptor_length = static_cast<uint8_t>(r.offset());
  if (v.start_of_frame()) read_payload_header(r.rest(), v);
  return v;
}

void patch_vp8_picture_id(uint8_t* payload, const Vp8View& vp8, uint16_t picture_id) {
  if (vp8.picture_id_length == 2) {
    store_be16(payload + vp8.picture_id_offset, picture_id | 0x8000);
  } else {
    payload[vp8.picture_id_offset] = picture_id & 0x7f;
  }
}

}  // namespace sluice::wire
