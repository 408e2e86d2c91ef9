// VP8 payload descriptor and the key-frame part of the payload header (RFC 7741 s4.2, s4.3).
//
//       0 1 2 3 4 5 6 7
//      +-+-+-+-+-+-+-+-+
//      |X|R|N|S|R| PID |   S: start of a partition, PID: its index
//      +-+-+-+-+-+-+-+-+
//  X:  |I|L|T|K| RSV   |
//      +-+-+-+-+-+-+-+-+
//  I:  |M| PictureID   |   M: 15 bits in two bytes
//      +-+-+-+-+-+-+-+-+
//  L:  |   TL0PICIDX   |
//      +-+-+-+-+-+-+-+-+
//  T/K:|TID|Y| KEYIDX  |
//      +-+-+-+-+-+-+-+-+
//
//  payload header at the start of partition 0: |Size0|H| VER |P|, P = 0 key frame; a key frame goes
//  on with two more bytes of size, the start code 9d 01 2a, width (14 bits) and height (14 bits),
//  little endian.
#pragma once

#include <cstdint>
#include <optional>

#include "common/wire/bytes.h"

namespace sluice::wire {

struct Vp8View {
  bool non_reference = false;       // N
  bool start_of_partition = false;  // S
  uint8_t partition = 0;            // PID
  bool has_tid = false;             // T
  bool layer_sync = false;          // Y: uses only the base layer; only with T
  uint8_t tid = 0;                  // only with T
  uint8_t key_idx = 0;              // K
  bool key_frame = false;           // known at the first packet of a frame only
  uint16_t width = 0;               // of a key frame, 0 when the header is cut off
  uint16_t height = 0;
  uint16_t picture_id = 0;
  uint8_t tl0picidx = 0;
  // Where to rewrite them, from the start of the RTP payload; 0 = absent.
  uint8_t picture_id_offset = 0;
  uint8_t picture_id_length = 0;  // 1 (7 bits) or 2 (15 bits)
  uint8_t tl0picidx_offset = 0;
  uint8_t descriptor_length = 0;

  // The first packet of a frame.
  bool start_of_frame() const { return start_of_partition && partition == 0; }
};

// nullopt: the descriptor is cut short, or no payload follows it.
std::optional<Vp8View> parse_vp8(ByteView payload);

// In place, into a copy of the payload with the same descriptor. Only when the offset is not 0. A
// 7-bit picture id keeps its lower 7 bits.
void patch_vp8_picture_id(uint8_t* payload, const Vp8View& vp8, uint16_t picture_id);
inline void patch_vp8_tl0picidx(uint8_t* payload, const Vp8View& vp8, uint8_t tl0picidx) {
  payload[vp8.tl0picidx_offset] = tl0picidx;
}

}  // namespace sluice::wire
