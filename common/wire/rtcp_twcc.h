// Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01
// s3.1): rtpfb, FMT 15.
//
//  +---------------------------------------------------------------+
//  |        SSRC of packet sender, SSRC of media source            |
//  +===============================+===============================+
//  |      base sequence number     |      packet status count      |
//  +-------------------------------+---------------+---------------+
//  |      reference time, 24 bits signed, 64 ms    | fb pkt. count |
//  +-------------------------------+---------------+---------------+
//  |         packet chunks, 16 bits each  ...                      |
//  |         receive deltas of 250 us: 8 bits, or 16 bits signed   |
//
//  run length       |0| symbol (2) | length (13)            |
//  status vector    |1|0| 14 symbols of one bit             |
//                   |1|1| 7 symbols of two bits             |
//  symbols: 0 not received, 1 small delta, 2 large or negative delta
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/time.h"
#include "common/base/types.h"
#include "common/wire/rtcp.h"

namespace sluice::wire {

inline constexpr std::size_t twcc_header_length = rtcp_feedback_header_length + 8;
inline constexpr TimeNs twcc_tick_ns = 250'000;
inline constexpr TimeNs twcc_reference_ns = 64 * ns_per_ms;
// A report of more packets is refused: 24 bytes of run length could otherwise cost 65,535 steps to
// read.
inline constexpr std::size_t twcc_statuses_max = 8'192;

struct TwccPacket {
  Seq16 seq{};
  bool received = false;
  TimeNs arrival_ns =
      0;  // read: relative to the report's reference time; written: any one clock, not negative
};

// Walks the statuses of a checked report in sequence order.
class TwccReader {
 public:
  TwccReader(Seq16 base, std::size_t count, ByteView chunks, ByteView deltas)
      : chunks_(chunks), deltas_(deltas), left_(count), seq_(base.value()) {}
  // False at the end.
  bool next(TwccPacket& packet);

 private:
  ByteView chunks_;
  ByteView deltas_;
  std::size_t left_;
  int64_t ticks_ = 0;
  uint16_t seq_;
  uint16_t chunk_ = 0;
  std::size_t in_chunk_ = 0;  // symbols of the current chunk that are left
};

struct Twcc {
  Ssrc sender;
  Ssrc media;
  Seq16 base_seq;
  std::size_t count = 0;
  int32_t reference = 0;  // units of 64 ms, wraps at 24 bits
  uint8_t feedback_count = 0;
  ByteView chunks;
  ByteView deltas;

  TwccReader packets() const { return {base_seq, count, chunks, deltas}; }
};

// nullopt: another type or format, cut short, a reserved symbol, chunks or deltas that do not cover
// the count, or a count of 0 or above twcc_statuses_max.
std::optional<Twcc> parse_twcc(const RtcpView& packet);

struct TwccWritten {
  std::size_t length = 0;    // of the RTCP packet, 0 = nothing fit
  std::size_t consumed = 0;  // packets it speaks of; the rest belongs to a next report
};

// packets: consecutive sequence numbers. The report ends early where `out` is full, a delta does
// not fit 16 bits (8 s) or there are more than twcc_statuses_max. Of packets that were all lost
// nothing is written.
TwccWritten write_twcc(ByteSpan out, Ssrc sender, Ssrc media, uint8_t feedback_count,
                       std::span<const TwccPacket> packets);

}  // namespace sluice::wire
