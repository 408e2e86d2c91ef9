// What stands in front of the mark in a payload, so that Sluice and a decoder's depacketizer find a
// well-formed packet of the codec.
//
//   VP8 (RFC 7741)   descriptor with a 15-bit picture id; at the start of a frame its header
//   VP9 (RFC 9628)   descriptor with a 15-bit picture id, one layer
//   Opus (RFC 6716)  the TOC byte
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/codec.h"
#include "common/wire/bytes.h"

namespace sluice::loadgen {

inline constexpr std::size_t payload_prefix_max = 14;

struct PacketPlace {
  bool start_of_frame = true;
  bool end_of_frame = true;
  bool key_frame = false;
  uint16_t picture_id = 0;  // 15 bits
};

// Bytes written; `out` has payload_prefix_max.
std::size_t write_prefix(wire::ByteSpan out, Codec codec, const PacketPlace& place);

// A whole frame of canned media, to be followed by `tail` bytes that its decoder skips: behind a
// VP8 frame those of its last partition that are never read, for Opus padding (RFC 6716 s3.2.5, at
// most 254). Bytes written; `out` has the frame's length and payload_prefix_max.
std::size_t write_frame(wire::ByteSpan out, Codec codec, uint16_t picture_id, wire::ByteView frame,
                        std::size_t tail);

struct Prefix {
  std::size_t length = 0;
  bool start_of_frame = false;
  bool key_frame = false;  // known at the start of a frame
};
// nullopt: no payload of this codec.
std::optional<Prefix> parse_prefix(wire::ByteView payload, Codec codec);
// The same of a payload of write_frame: all but its `tail` last bytes is in front of the mark.
std::optional<Prefix> parse_frame(wire::ByteView payload, Codec codec, std::size_t tail);

}  // namespace sluice::loadgen
