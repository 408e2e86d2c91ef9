#include "common/wire/rtcp_rr.h"

#include <algorithm>

namespace sluice::wire {

ReportBlock ReportBlocks::operator[](std::size_t i) const {
  const uint8_t* p = bytes.data() + i * report_block_length;
  const uint32_t lost = load_be24(p + 5);
  return {.ssrc = Ssrc(load_be32(p)),
          .fraction_lost = p[4],
          // RFC 3550 s6.4.1: 24-bit signed, negative when duplicates arrived.
          .cumulative_lost = static_cast<int32_t>(lost << 8) >> 8,
          .highest_seq = load_be32(p + 8),
          .jitter = load_be32(p + 12),
          .last_sr = load_be32(p + 16),
          .delay_since_last_sr = load_be32(p + 20)};
}

std::optional<ReceiverReport> parse_rr(const RtcpView& packet) {
  const std::size_t blocks = packet.count * report_block_length;
  if (packet.type != RtcpType::rr || packet.body.size() < 4 + blocks) return std::nullopt;
  return ReceiverReport{Ssrc(load_be32(packet.body.data())), {packet.body.subspan(4, blocks)}};
}

std::size_t write_rr(ByteSpan out, Ssrc sender, std::span<const ReportBlock> blocks) {
  if (blocks.size() > report_blocks_max) return 0;
  Writer w(out);
  write_rtcp_header(w, RtcpType::rr, static_cast<uint8_t>(blocks.size()),
                    8 + blocks.size() * report_block_length);
  w.u32(sender.value());
  for (const ReportBlock& b : blocks) write_report_block(w, b);
  return w.length();
}

void write_report_block(Writer& w, const ReportBlock& b) {
  w.u32(b.ssrc.value());
  w.u8(b.fraction_lost);
  w.u24(static_cast<uint32_t>(std::clamp(b.cumulative_lost, -0x800000, 0x7fffff)));
  w.u32(b.highest_seq);
  w.u32(b.jitter);
  w.u32(b.last_sr);
  w.u32(b.delay_since_last_sr);
}

}  // namespace sluice::wire
