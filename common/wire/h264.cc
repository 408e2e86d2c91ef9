#include "common/wire/h264.h"

namespace sluice::wire {
namespace {

constexpr uint8_t type_mask = 0x1f;

void take_nal(H264View& v, uint8_t type) {
  v.has_sps = v.has_sps || type == h264_nal_sps;
  v.has_idr = v.has_idr || type == h264_nal_idr;
}

// RFC 6184 s5.7.1.
bool read_aggregate(ByteView rest, H264View& v) {
  if (rest.empty()) return false;
  for (bool first = true; !rest.empty(); first = false) {
    if (rest.size() < 2) return false;
    const std::size_t size = load_be16(rest.data());
    if (size == 0 || size > rest.size() - 2) return false;
    const uint8_t type = rest[2] & type_mask;
    if (first) v.nal_type = type;
    take_nal(v, type);
    rest = rest.subspan(2 + size);
  }
  return true;
}

}  // namespace

std::optional<H264View> parse_h264(ByteView payload) {
  if (payload.empty()) return std::nullopt;
  H264View v;
  v.packet_type = payload[0] & type_mask;
  v.nri = payload[0] >> 5 & 3;
  v.start_of_nal = v.end_of_nal = true;
  if (v.packet_type == h264_stap_a) {
    if (!read_aggregate(payload.subspan(1), v)) return std::nullopt;
    return v;
  }
  if (v.packet_type == h264_fu_a) {
    if (payload.size() < 2) return std::nullopt;
    v.start_of_nal = (payload[1] & 0x80) != 0;
    v.end_of_nal = (payload[1] & 0x40) != 0;
    v.nal_type = payload[1] & type_mask;
    if (v.start_of_nal) take_nal(v, v.nal_type);
    return v;
  }
  if (v.packet_type == 0 || v.packet_type > 23) return std::nullopt;
  v.nal_type = v.packet_type;
  take_nal(v, v.nal_type);
  return v;
}

}  // namespace sluice::wire
