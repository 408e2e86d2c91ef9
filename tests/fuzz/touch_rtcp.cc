#include <vector>

#include "common/base/assert.h"
#include "common/wire/rtcp.h"
#include "common/wire/rtcp_bye.h"
#include "common/wire/rtcp_fir.h"
#include "common/wire/rtcp_nack.h"
#include "common/wire/rtcp_pli.h"
#include "common/wire/rtcp_remb.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/rtcp_sdes.h"
#include "common/wire/rtcp_sr.h"
#include "common/wire/rtcp_twcc.h"
#include "common/wire/rtcp_xr.h"
#include "tests/fuzz/sink.h"
#include "tests/fuzz/touch.h"

namespace sluice::fuzz {
namespace {

using namespace wire;

void touch_blocks(const ReportBlocks& blocks) {
  for (std::size_t i = 0; i < blocks.size(); i++) {
    const ReportBlock b = blocks[i];
    sink(uint64_t{b.ssrc.value()} + b.highest_seq + b.jitter + b.last_sr + b.delay_since_last_sr);
    SLUICE_ASSERT(b.cumulative_lost >= -0x800000 && b.cumulative_lost <= 0x7fffff);
  }
}

void touch_twcc(const Twcc& t) {
  std::vector<TwccPacket> packets;
  TwccPacket p;
  // Arrival times start at the reference; negative ones cannot be written.
  bool writable = true;
  for (TwccReader reader = t.packets(); reader.next(p);) {
    p.arrival_ns += int64_t{1} << 50;
    writable = writable && (!p.received || p.arrival_ns >= 0);
    packets.push_back(p);
  }
  SLUICE_ASSERT(packets.size() == t.count && packets.front().seq == t.base_seq);
  if (!writable) return;
  std::vector<uint8_t> out(1200);
  const TwccWritten w = write_twcc(out, t.sender, t.media, t.feedback_count, packets);
  SLUICE_ASSERT(w.length <= out.size() && w.consumed <= packets.size());
  if (w.length == 0) return;
  auto compound = parse_rtcp(ByteView(out).first(w.length));
  RtcpView packet;
  SLUICE_ASSERT(compound && compound->next(packet));
  const auto again = parse_twcc(packet);
  SLUICE_ASSERT(again && again->count == w.consumed && again->base_seq == t.base_seq);
  TwccReader reader = again->packets();
  for (std::size_t i = 0; i < w.consumed; i++) {
    SLUICE_ASSERT(reader.next(p) && p.seq == packets[i].seq && p.received == packets[i].received);
  }
}

void touch_nack(const Nack& n) {
  std::size_t count = 0;
  n.for_each_lost([&](Seq16 s) {
    sink(uint64_t{s.value()});
    count++;
  });
  SLUICE_ASSERT(count >= n.items.size() / 4 && count <= n.items.size() / 4 * 17);
}

}  // namespace

void touch_rtcp(ByteView bytes) {
  auto compound = parse_rtcp(bytes);
  if (!compound) return;
  RtcpView packet;
  while (compound->next(packet)) {
    sink(packet.body);
    if (const auto v = rtcp_sender_ssrc(packet)) sink(uint64_t{v->value()});
    if (const auto v = parse_sr(packet)) touch_blocks(v->blocks);
    if (const auto v = parse_rr(packet)) touch_blocks(v->blocks);
    SdesReader sdes(packet);
    for (SdesCname chunk; sdes.next(chunk);) sink(chunk.cname);
    if (const auto v = parse_bye(packet)) {
      for (std::size_t i = 0; i < v->size(); i++) sink(uint64_t{(*v)[i].value()});
    }
    if (const auto v = parse_nack(packet)) touch_nack(*v);
    if (const auto v = parse_pli(packet)) sink(uint64_t{v->media.value()});
    if (const auto v = parse_fir(packet)) {
      for (std::size_t i = 0; i < v->size(); i++) sink(uint64_t{v->ssrc(i).value()} + v->seq_nr(i));
    }
    if (const auto v = parse_remb(packet)) {
      for (std::size_t i = 0; i < v->size(); i++) sink(uint64_t{v->ssrc(i).value()});
    }
    if (const auto v = parse_twcc(packet)) touch_twcc(*v);
    if (const auto v = parse_xr(packet)) {
      for (std::size_t i = 0; i < v->dlrr_size(); i++) sink(uint64_t{v->dlrr_item(i).last_rr});
    }
  }
}

}  // namespace sluice::fuzz
