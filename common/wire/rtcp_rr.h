// Receiver report and the report block it shares with sender reports (RFC 3550 s6.4.1, s6.4.2).
//
//  +---------------------------------------------------------------+
//  |                     SSRC of packet sender                     |
//  +===============================================================+
//  |                 SSRC_n (source of this block)                 |
//  +---------------+-----------------------------------------------+
//  | fraction lost |       cumulative number of packets lost       |
//  +---------------+-----------------------------------------------+
//  |           extended highest sequence number received           |
//  |                      interarrival jitter                      |
//  |                         last SR (LSR)                         |
//  |                   delay since last SR (DLSR)                  |
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/types.h"
#include "common/wire/rtcp.h"

namespace sluice::wire {

inline constexpr std::size_t report_block_length = 24;
inline constexpr std::size_t report_blocks_max = 31;

struct ReportBlock {
  Ssrc ssrc{};
  uint8_t fraction_lost = 0;         // of 256
  int32_t cumulative_lost = 0;       // 24 bits, signed; clamped when written
  uint32_t highest_seq = 0;          // cycles << 16 | sequence number
  uint32_t jitter = 0;               // timestamp units
  uint32_t last_sr = 0;              // middle 32 bits of the NTP timestamp; 0 = none yet
  uint32_t delay_since_last_sr = 0;  // 1/65536 s
};

// Report blocks as they lie in the packet.
struct ReportBlocks {
  ByteView bytes;  // a multiple of report_block_length
  std::size_t size() const { return bytes.size() / report_block_length; }
  ReportBlock operator[](std::size_t i) const;  // i < size()
};

struct ReceiverReport {
  Ssrc sender;
  ReportBlocks blocks;
};

// nullopt: another type, or shorter than its count says.
std::optional<ReceiverReport> parse_rr(const RtcpView& packet);
// Bytes written, 0 if it does not fit or there are more than 31 blocks.
std::size_t write_rr(ByteSpan out, Ssrc sender, std::span<const ReportBlock> blocks);
void write_report_block(Writer& w, const ReportBlock& block);

}  // namespace sluice::wire
