// RTCP that arrives: sender reports of publishers, reports and key-frame requests of receivers.
#include <rte_mbuf.h>

#include "common/wire/rtcp_fir.h"
#include "common/wire/rtcp_pli.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/rtcp_sr.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

// RFC 3711 s3.3.2 for SRTCP: a window of 32 behind the highest index of each sender. The highest
// survives in the region.
bool fresh(EndpointContext& ep, uint32_t ssrc, uint32_t index) {
  auto& words = ep.state->rtcp_highest;
  std::size_t at = words.size();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const uint64_t w = words[i].load(std::memory_order_relaxed);
    if (w != 0 && w >> 32 == ssrc) at = i;
  }
  if (at == words.size()) {
    at = ep.rtcp_next_source++ % words.size();
    ep.rtcp_windows[at] = 1;
    words[at].store(uint64_t{ssrc} << 32 | index, std::memory_order_release);
    return true;
  }
  const auto highest = static_cast<uint32_t>(words[at].load(std::memory_order_relaxed));
  uint32_t& window = ep.rtcp_windows[at];
  if (index > highest) {
    const uint32_t step = index - highest;
    window = (step < 32 ? window << step : 0) | 1;
    words[at].store(uint64_t{ssrc} << 32 | index, std::memory_order_release);
    return true;
  }
  const uint32_t age = highest - index;
  if (age >= 32 || (window >> age & 1) != 0) return false;
  window |= 1U << age;
  return true;
}

// One NTP offset per publishing endpoint: the first report fixes it, for audio and video alike.
void on_sender_report(Core& k, uint32_t endpoint, const wire::SenderReport& sr) {
  const EndpointContext& ep = k.endpoints[endpoint];
  const uint32_t* index = k.ssrcs.find(ssrc_key(endpoint, sr.sender.value()));
  if (index == nullptr || ep.publisher == no_slot) return;
  RtpSource& s = k.sources[*index];
  s.report_ntp_mid = wire::ntp_middle(sr.ntp);
  s.report_at = k.now;
  if (s.rtx || sr.ntp == 0) return;
  Publisher& p = k.publishers[ep.publisher];
  const auto offset = static_cast<int64_t>(ntp_from_unix(k.unix_now) - sr.ntp);
  constexpr int64_t jump = int64_t{2} << 32;  // its clock was set: 2 s
  if (!p.ntp_known || offset - p.ntp_offset > jump || p.ntp_offset - offset > jump) {
    p.ntp_known = true;
    p.ntp_offset = offset;
  }
  const TrackContext& t = k.tracks[s.track];
  SourceClock clock;
  clock.ntp = sr.ntp + static_cast<uint64_t>(p.ntp_offset);
  clock.timestamp = sr.rtp_timestamp;
  clock.clock_rate = clock_rate(t.codec);
  (*k.node.logs)[s.track].clocks[s.encoding].publish(clock);
}

void on_report_blocks(Core& k, uint32_t endpoint, const wire::ReportBlocks& blocks) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const wire::ReportBlock b = blocks[i];
    const uint32_t* stream = k.stream_ssrcs.find(b.ssrc.value());
    if (stream == nullptr || k.streams[*stream].endpoint != endpoint) continue;
    shm::StreamState& state = *k.streams[*stream].state;
    state.reports.store(uint64_t{b.fraction_lost} << 32 | b.jitter, std::memory_order_relaxed);
    if (b.last_sr == 0) continue;
    // RFC 3550 s6.4.1: round trip = arrival - LSR - DLSR, in 1/65536 s.
    const uint32_t now_mid = wire::ntp_middle(ntp_from_unix(k.unix_now));
    const uint32_t rtt = now_mid - b.last_sr - b.delay_since_last_sr;
    if (rtt < 1U << 20) {
      state.rtt_us.store(static_cast<uint32_t>(uint64_t{rtt} * 1'000'000 / 65'536),
                         std::memory_order_relaxed);
    }
  }
}

void on_key_frame_request(Core& k, uint32_t endpoint, uint32_t media_ssrc) {
  const uint32_t* stream = k.stream_ssrcs.find(media_ssrc);
  if (stream == nullptr || k.streams[*stream].endpoint != endpoint) return;
  const Receiver* r = k.streams[*stream].receiver;
  if (r == nullptr || (r->flags & receiver_ready) == 0) return;
  const FanOutTrack& t = k.fan_out.track(r->track);
  want_key_frame(k, r->track, t.generation);
}

void take_packet(Core& k, uint32_t endpoint, const wire::RtcpView& v) {
  if (const auto sr = wire::parse_sr(v)) {
    on_sender_report(k, endpoint, *sr);
    on_report_blocks(k, endpoint, sr->blocks);
  } else if (const auto rr = wire::parse_rr(v)) {
    on_report_blocks(k, endpoint, rr->blocks);
  } else if (const auto pli = wire::parse_pli(v)) {
    on_key_frame_request(k, endpoint, pli->media.value());
  } else if (const auto fir = wire::parse_fir(v)) {
    for (std::size_t i = 0; i < fir->size(); ++i)
      on_key_frame_request(k, endpoint, fir->ssrc(i).value());
  }
}

Counter take_compound(Core& k, const Packet& p) {
  const uint32_t* slot = k.flows.find(p.flow);
  if (slot == nullptr) return Counter::drop_rtp_stranger;
  EndpointContext& ep = k.endpoints[*slot];
  if (!ep.keyed) return Counter::drop_not_keyed;
  if (p.length < wire::rtcp_header_length + 4 + srtp::rtcp_overhead(ep.profile))
    return Counter::drop_malformed_rtcp;
  SrtcpIndex index;
  const std::size_t length = k.engine->unprotect_rtcp(ep.recv_rtcp, p.data, p.length, &index);
  if (length == 0) {
    bump(ep.state->auth_failed);
    return Counter::drop_auth_failed;
  }
  const wire::ByteView plain(p.data, length);
  auto compound = wire::parse_rtcp(plain);
  if (!compound) return Counter::drop_malformed_rtcp;
  if (!fresh(ep, wire::load_be32(p.data + 4), index.value())) {
    bump(ep.state->replayed);
    return Counter::drop_replayed;
  }
  bump(ep.state->rx_packets);
  bump(ep.state->rx_bytes, p.length);
  wire::RtcpView v;
  while (compound->next(v)) take_packet(k, *slot, v);
  return Counter::rtcp_in;
}

}  // namespace

void take_feedback(Core& k, PacketBatch& batch) {
  for (const Packet& p : batch) {
    k.count(take_compound(k, p)) += 1;
    rte_pktmbuf_free(p.mbuf);
  }
}

}  // namespace sluice::dataplane
