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

struct Prefix {
  std::size_t length = 0;
  bool start_of_frame = false;
  bool key_frame = false;  // known at the start of a frame
};
// nullopt: no payload of this codec.
std::optional<Prefix> parse_prefix(wire::ByteView payload, Codec codec);

}  // namespace sluice::loadgen
