#include "tools/loadgen/payload_format.h"

#include "common/wire/vp8.h"
#include "common/wire/vp9.h"

namespace sluice::loadgen {
namespace {

constexpr std::size_t vp8_frame_tag_length = 3;
constexpr std::size_t vp8_key_frame_header_length = 10;

// RFC 7741 s4.2: X and S; I; M and the picture id. s4.3: the frame tag with P and show_frame, and
// for key frames the start code and 640x360.
void write_vp8_descriptor(wire::Writer& w, bool start_of_frame, uint16_t picture_id) {
  w.u8(start_of_frame ? 0x90 : 0x80);
  w.u8(0x80);
  w.u16(static_cast<uint16_t>(0x8000 | picture_id));
}

void write_vp8(wire::Writer& w, const PacketPlace& place) {
  write_vp8_descriptor(w, place.start_of_frame, place.picture_id);
  if (!place.start_of_frame) return;
  w.u24(place.key_frame ? 0x10'0000 : 0x11'0000);
  if (!place.key_frame) return;
  w.u24(0x9d'012a);
  w.u32(0x8002'6801);
}

// RFC 9628 s4.2: I, P, B, E; M and the picture id.
void write_vp9(wire::Writer& w, const PacketPlace& place) {
  w.u8(static_cast<uint8_t>(0x80 | (place.key_frame ? 0 : 0x40) |
                            (place.start_of_frame ? 0x08 : 0) | (place.end_of_frame ? 0x04 : 0)));
  w.u16(static_cast<uint16_t>(0x8000 | place.picture_id));
}

}  // namespace

std::size_t write_prefix(wire::ByteSpan out, Codec codec, const PacketPlace& place) {
  wire::Writer w(out);
  if (codec == Codec::vp8) {
    write_vp8(w, place);
  } else if (codec == Codec::vp9) {
    write_vp9(w, place);
  } else {
    w.u8(0x78);  // RFC 6716 s3.1: CELT, full band, 20 ms, mono, one frame
  }
  return w.length();
}

std::size_t write_frame(wire::ByteSpan out, Codec codec, uint16_t picture_id, wire::ByteView frame,
                        std::size_t tail) {
  wire::Writer w(out);
  if (codec == Codec::vp8) {
    write_vp8_descriptor(w, true, picture_id);
    w.bytes(frame);
    return w.length();
  }
  // Code 3: one frame, with padding.
  w.u8(frame[0] | 3);
  w.u8(0x41);
  w.u8(static_cast<uint8_t>(tail));
  w.bytes(frame.subspan(1));
  return w.length();
}

std::optional<Prefix> parse_frame(wire::ByteView payload, Codec codec, std::size_t tail) {
  auto prefix = parse_prefix(payload, codec);
  if (!prefix || payload.size() < prefix->length + tail) return std::nullopt;
  prefix->length = payload.size() - tail;
  return prefix;
}

std::optional<Prefix> parse_prefix(wire::ByteView payload, Codec codec) {
  if (codec == Codec::vp8) {
    const auto v = wire::parse_vp8(payload);
    if (!v) return std::nullopt;
    Prefix p{v->descriptor_length, v->start_of_frame(), v->key_frame};
    if (p.start_of_frame) {
      p.length += p.key_frame ? vp8_key_frame_header_length : vp8_frame_tag_length;
    }
    return p;
  }
  if (codec == Codec::vp9) {
    const auto v = wire::parse_vp9(payload);
    if (!v) return std::nullopt;
    return Prefix{v->descriptor_length, v->start_of_frame, v->key_frame()};
  }
  if (payload.empty()) return std::nullopt;
  return Prefix{1, true, false};
}

}  // namespace sluice::loadgen
