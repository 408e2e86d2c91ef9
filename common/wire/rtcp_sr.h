// Sender report (RFC 3550 s6.4.1).
//
//  +---------------------------------------------------------------+
//  |                         SSRC of sender                        |
//  +===============================================================+
//  |              NTP timestamp, most significant word             |
//  |              NTP timestamp, least significant word            |
//  |                         RTP timestamp                         |
//  |                     sender's packet count                     |
//  |                      sender's octet count                     |
//  +===============================================================+
//  |                     report blocks (rtcp_rr.h)                 |
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/types.h"
#include "common/wire/rtcp.h"
#include "common/wire/rtcp_rr.h"

namespace sluice::wire {

inline constexpr std::size_t sender_report_length = 28;  // without report blocks

struct SenderReport {
  Ssrc sender{};
  uint64_t ntp = 0;
  uint32_t rtp_timestamp = 0;
  uint32_t packets = 0;
  uint32_t octets = 0;
  ReportBlocks blocks{};  // parsed; write_sr takes its own
};

// nullopt: another type, or shorter than its count says.
std::optional<SenderReport> parse_sr(const RtcpView& packet);
// Bytes written, 0 if it does not fit or there are more than 31 blocks.
std::size_t write_sr(ByteSpan out, const SenderReport& sr,
                     std::span<const ReportBlock> blocks = {});

// RFC 3550 s6.4.1: what a receiver echoes as LSR.
constexpr uint32_t ntp_middle(uint64_t ntp) {
  return static_cast<uint32_t>(ntp >> 16);
}

inline std::optional<SenderReport> parse_sr(const RtcpView& packet) {
  const std::size_t blocks = packet.count * report_block_length;
  constexpr std::size_t fixed = sender_report_length - rtcp_header_length;
  if (packet.type != RtcpType::sr || packet.body.size() < fixed + blocks) return std::nullopt;
  const uint8_t* p = packet.body.data();
  return SenderReport{.sender = Ssrc(load_be32(p)),
                      .ntp = load_be64(p + 4),
                      .rtp_timestamp = load_be32(p + 12),
                      .packets = load_be32(p + 16),
                      .octets = load_be32(p + 20),
                      .blocks = {packet.body.subspan(fixed, blocks)}};
}

inline std::size_t write_sr(ByteSpan out, const SenderReport& sr,
                            std::span<const ReportBlock> blocks) {
  if (blocks.size() > report_blocks_max) return 0;
  Writer w(out);
  write_rtcp_header(w, RtcpType::sr, static_cast<uint8_t>(blocks.size()),
                    sender_report_length + blocks.size() * report_block_length);
  w.u32(sr.sender.value());
  w.u64(sr.ntp);
  w.u32(sr.rtp_timestamp);
  w.u32(sr.packets);
  w.u32(sr.octets);
  for (const ReportBlock& b : blocks) write_report_block(w, b);
  return w.length();
}

}  // namespace sluice::wire
