// RFC 4571 s2: packets on a byte stream, each behind its length (16 bits, network order).
#pragma once

#include <optional>

#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t stream_frame_header_length = 2;

// The packet of the first frame in `bytes`, which then begins behind it. Empty: the frame is not
// whole yet, and nothing changes. A packet may have no bytes.
inline std::optional<ByteView> take_stream_frame(ByteView& bytes) {
  if (bytes.size() < stream_frame_header_length) return std::nullopt;
  const std::size_t length = load_be16(bytes.data());
  if (bytes.size() - stream_frame_header_length < length) return std::nullopt;
  const ByteView packet = bytes.subspan(stream_frame_header_length, length);
  bytes = bytes.subspan(stream_frame_header_length + length);
  return packet;
}

// What the frame that begins here says of its packet, bytes; empty: that has not come yet.
inline std::optional<std::size_t> stream_frame_length(ByteView bytes) {
  if (bytes.size() < stream_frame_header_length) return std::nullopt;
  return load_be16(bytes.data());
}

// `header`: stream_frame_header_length bytes that go before the packet.
inline void store_stream_frame_header(uint8_t* header, std::size_t packet_length) {
  store_be16(header, static_cast<uint16_t>(packet_length));
}

}  // namespace sluice::wire
