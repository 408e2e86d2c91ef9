// VP9 payload descriptor, flexible and non-flexible mode (RFC 9628 s4.2).
//
//         0 1 2 3 4 5 6 7
//        +-+-+-+-+-+-+-+-+
//        |I|P|L|F|B|E|V|Z|
//        +-+-+-+-+-+-+-+-+
//  I:    |M| PICTURE ID  |   M: 15 bits in two bytes
//        +-+-+-+-+-+-+-+-+
//  L:    | TID |U| SID |D|
//        +-+-+-+-+-+-+-+-+
//  L, !F:|   TL0PICIDX   |
//        +-+-+-+-+-+-+-+-+
//  F, P: | P_DIFF      |N|   up to three times, while N
//        +-+-+-+-+-+-+-+-+
//  V:    | N_S |Y|G|-|-|-|   then Y: N_S + 1 times width, height; G: N_G, and per picture |TID|U| R
//  |-|-|, R P_DIFFs
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t vp9_spatial_layers_max = 8;
inline constexpr std::size_t vp9_references_max = 3;

struct Vp9Size {
  uint16_t width = 0;
  uint16_t height = 0;
};

struct Vp9View {
  bool inter_predicted = false;  // P: depends on an earlier picture
  bool has_layers = false;       // L
  bool flexible = false;         // F
  bool start_of_frame = false;   // B: of a layer frame
  bool end_of_frame = false;     // E: of a layer frame
  bool has_structure = false;    // V
  bool not_reference = false;    // Z: no upper spatial layer of a later picture needs it
  uint8_t tid = 0;
  uint8_t sid = 0;
  bool switching_up = false;  // U
  bool inter_layer = false;   // D: depends on the layer below in the same picture
  uint16_t picture_id = 0;
  uint8_t tl0picidx = 0;
  // Where to rewrite them, from the start of the RTP payload; 0 = absent.
  uint8_t picture_id_offset = 0;
  uint8_t picture_id_length = 0;  // 1 (7 bits) or 2 (15 bits)
  uint8_t tl0picidx_offset = 0;
  uint8_t reference_count = 0;
  std::array<uint8_t, vp9_references_max> references{};  // P_DIFF, flexible mode
  uint8_t spatial_layers = 0;                           // of the scalability structure, 0 without V
  std::array<Vp9Size, vp9_spatial_layers_max> sizes{};  // zero without Y
  uint16_t descriptor_length = 0;

  // The first packet of a picture that needs nothing before it. Layer frames above the base of a
  // key picture are no key frames by themselves.
  bool key_frame() const { return !inter_predicted && start_of_frame && sid == 0; }
};

// nullopt: the descriptor is cut short, a fourth reference is announced, or no payload follows.
std::optional<Vp9View> parse_vp9(ByteView payload);

// In place, into a copy of the payload with the same descriptor. Only when the offset is not 0.
void patch_vp9_picture_id(uint8_t* payload, const Vp9View& vp9, uint16_t picture_id);
inline void patch_vp9_tl0picidx(uint8_t* payload, const Vp9View& vp9, uint8_t tl0picidx) {
  payload[vp9.tl0picidx_offset] = tl0picidx;
}

}  // namespace sluice::wire
