// H.264 payload structures: single NAL unit, STAP-A, FU-A (RFC 6184 s5.3, s5.6 to s5.8).
//
//      0 1 2 3 4 5 6 7
//     +-+-+-+-+-+-+-+-+
//     |F|NRI|  Type   |   1..23 single NAL unit, 24 STAP-A, 28 FU-A
//     +-+-+-+-+-+-+-+-+
//  FU:|S|E|R|  Type   |   S: first fragment of the NAL unit, E: last
//     +-+-+-+-+-+-+-+-+
//  STAP-A: size (16 bits), NAL unit, repeated
#pragma once

#include <cstdint>
#include <optional>

#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr uint8_t h264_nal_idr = 5;
inline constexpr uint8_t h264_nal_sps = 7;
inline constexpr uint8_t h264_nal_pps = 8;
inline constexpr uint8_t h264_stap_a = 24;
inline constexpr uint8_t h264_fu_a = 28;

struct H264View {
  uint8_t packet_type = 0;    // NAL unit type of the payload's first byte
  uint8_t nal_type = 0;       // of the first NAL unit carried
  uint8_t nri = 0;            // 0: no other picture refers to it
  bool start_of_nal = false;  // not a later fragment
  bool end_of_nal = false;    // not an earlier fragment
  bool has_sps = false;       // starts an SPS
  bool has_idr = false;       // starts an IDR slice

  // A decoder may begin here. WebRTC encoders put SPS and PPS before each IDR picture, so either
  // marks it.
  bool key_frame() const { return has_sps || has_idr; }
};

// nullopt: empty, a fragment without its second byte, or an aggregate whose sizes do not add up.
// Other packet types (STAP-B, MTAP, FU-B) are not used in the modes browsers negotiate and are
// refused.
std::optional<H264View> parse_h264(ByteView payload);

}  // namespace sluice::wire
