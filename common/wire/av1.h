// AV1 aggregation header (AV1 RTP specification s4.4).
//
//   0 1 2 3 4 5 6 7
//  +-+-+-+-+-+-+-+-+
//  |Z|Y| W |N|-|-|-|   Z: begins with the rest of an OBU, Y: ends with a part of one, W: number of
//  OBU elements
//  +-+-+-+-+-+-+-+-+   (0: each has a length), N: first packet of a coded video sequence
#pragma once

#include <cstdint>
#include <optional>

#include "common/wire/bytes.h"

namespace sluice::wire {

struct Av1View {
  bool continues = false;     // Z
  bool continued = false;     // Y
  uint8_t obu_count = 0;      // W
  bool new_sequence = false;  // N

  // s4.4: N is set on the first packet of a coded video sequence only, and that begins with a key
  // frame.
  bool key_frame() const { return new_sequence; }
};

// nullopt: no element behind the header, or N together with Z (s4.4: must not be).
inline std::optional<Av1View> parse_av1(ByteView payload) {
  if (payload.size() < 2) return std::nullopt;
  const Av1View v{.continues = (payload[0] & 0x80) != 0,
                  .continued = (payload[0] & 0x40) != 0,
                  .obu_count = static_cast<uint8_t>(payload[0] >> 4 & 3),
                  .new_sequence = (payload[0] & 0x08) != 0};
  if (v.new_sequence && v.continues) return std::nullopt;
  return v;
}

}  // namespace sluice::wire
