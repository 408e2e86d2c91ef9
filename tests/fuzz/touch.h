// Reads everything a parser offers for one input. Shared by the fuzz targets and the sweeps of
// tests/unit/wire, so both reach the same accessors. Anything wrong ends the process: an overread
// by way of the address sanitizer, a broken promise by way of SLUICE_ASSERT.
#pragma once

#include <span>

#include "common/wire/bytes.h"

namespace sluice::fuzz {

void touch_ethernet(wire::ByteView bytes);  // down to ARP, ICMP, NDP and the UDP payload
void touch_stun(wire::ByteView bytes);
void touch_dtls(wire::ByteView bytes);
void touch_rtp(wire::ByteView bytes);   // with extensions and their values, and RTX
void touch_rtcp(wire::ByteView bytes);  // every packet type
void touch_vp8(wire::ByteView bytes);
void touch_vp9(wire::ByteView bytes);
void touch_h264(wire::ByteView bytes);
void touch_av1(wire::ByteView bytes);
// The input is a sequence of descriptors of one stream, each behind a length byte.
void touch_dependency_descriptor(wire::ByteView bytes);

struct Format {
  const char* name;
  void (*touch)(wire::ByteView bytes);
};
std::span<const Format> formats();

}  // namespace sluice::fuzz
