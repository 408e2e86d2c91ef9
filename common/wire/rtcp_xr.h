// Extended reports: receiver reference time and delay since last RR (RFC 3611 s4.4, s4.5).
//
//  +---------------------------------------------------------------+
//  |                              SSRC                             |
//  +===============+===============+===============================+
//  |      BT       | type-specific | block length in words, less 1 |
//  +---------------+---------------+-------------------------------+
//  |  BT 4 (RRTR): NTP timestamp (8)                               |
//  |  BT 5 (DLRR): SSRC, last RR (LRR), delay (DLRR), repeated     |
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/types.h"
#include "common/wire/rtcp.h"

namespace sluice::wire {

inline constexpr std::size_t xr_rrtr_length = 20;  // packet with one RRTR block
inline constexpr uint8_t xr_block_rrtr = 4;
inline constexpr uint8_t xr_block_dlrr = 5;

struct DlrrItem {
  Ssrc ssrc{};
  uint32_t last_rr = 0;              // middle 32 bits of the RRTR's NTP timestamp
  uint32_t delay_since_last_rr = 0;  // 1/65536 s
};

struct Xr {
  Ssrc sender;
  std::optional<uint64_t> rrtr_ntp;
  ByteView dlrr;  // 12 bytes per item

  std::size_t dlrr_size() const { return dlrr.size() / 12; }
  DlrrItem dlrr_item(std::size_t i) const {
    const uint8_t* p = dlrr.data() + 12 * i;
    return {Ssrc(load_be32(p)), load_be32(p + 4), load_be32(p + 8)};
  }
};

// The first RRTR and DLRR block; others are skipped. nullopt: another type, or blocks that do not
// add up.
inline std::optional<Xr> parse_xr(const RtcpView& packet) {
  if (packet.type != RtcpType::xr) return std::nullopt;
  Reader r(packet.body);
  Xr xr{.sender = Ssrc(r.u32()), .rrtr_ntp = {}, .dlrr = {}};
  while (r.ok() && r.remaining() != 0) {
    const uint8_t type = r.u8();
    r.skip(1);
    const ByteView block = r.take(4u * r.u16());
    if (!r.ok()) break;
    if (type == xr_block_rrtr) {
      if (block.size() != 8) return std::nullopt;
      if (!xr.rrtr_ntp) xr.rrtr_ntp = load_be64(block.data());
    } else if (type == xr_block_dlrr) {
      if (block.size() % 12 != 0) return std::nullopt;
      if (xr.dlrr.empty()) xr.dlrr = block;
    }
  }
  if (!r.ok()) return std::nullopt;
  return xr;
}

// Bytes written, 0 if it does not fit.
inline std::size_t write_xr_rrtr(ByteSpan out, Ssrc sender, uint64_t ntp) {
  Writer w(out);
  write_rtcp_header(w, RtcpType::xr, 0, xr_rrtr_length);
  w.u32(sender.value());
  w.u8(xr_block_rrtr);
  w.u8(0);
  w.u16(2);
  w.u64(ntp);
  return w.length();
}

inline std::size_t write_xr_dlrr(ByteSpan out, Ssrc sender, std::span<const DlrrItem> items) {
  if (items.empty() || items.size() > 0xffff / 3) return 0;
  Writer w(out);
  write_rtcp_header(w, RtcpType::xr, 0, rtcp_header_length + 8 + 12 * items.size());
  w.u32(sender.value());
  w.u8(xr_block_dlrr);
  w.u8(0);
  w.u16(static_cast<uint16_t>(3 * items.size()));
  for (const DlrrItem& i : items) {
    w.u32(i.ssrc.value());
    w.u32(i.last_rr);
    w.u32(i.delay_since_last_rr);
  }
  return w.length();
}

}  // namespace sluice::wire
