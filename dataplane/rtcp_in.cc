// RTCP that arrives: sender reports of publishers, reports and key-frame requests of receivers.
#include <rte_mbuf.h>

#include <array>
#include <span>

#include "common/wire/rtcp_fir.h"
#include "common/wire/rtcp_pli.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/rtcp_sr.h"
#include "common/wire/rtcp_twcc.h"
#include "dataplane/prefetch.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

// Calls f(highest, window) for each word that remembers an RTCP sender of this endpoint, until one
// returns true.
template <class F>
void for_each_rtcp_word(Core& k, uint32_t endpoint, F f) {
  const EndpointContext& ep = k.endpoints[endpoint];
  shm::EndpointState& state = k.endpoint_state(endpoint);
  for (std::size_t i = 0; i < state.rtcp_highest.size(); ++i) {
    if (f(state.rtcp_highest[i], state.rtcp_windows[i])) return;
  }
  for (uint32_t s = ep.streams; s != no_slot; s = k.streams[s].next) {
    shm::StreamState& stream = k.region.stream(s).state;
    if (f(stream.rtcp_highest, stream.rtcp_window)) return;
  }
  if (ep.publisher == no_slot) return;
  for (uint32_t t = k.publishers[ep.publisher].tracks; t != no_slot; t = k.tracks[t].next) {
    shm::TrackState& track = *k.tracks[t].state;
    for (std::size_t i = 0; i < track.rtcp_highest.size(); ++i) {
      if (f(track.rtcp_highest[i], track.rtcp_windows[i])) return;
    }
  }
}

// RFC 3711 s3.3.2 for SRTCP: a window of 32 behind the highest index of each sender. The highest
// survives in the region. A sender that finds no word takes somebody's, in turns.
bool fresh(Core& k, uint32_t endpoint, uint32_t ssrc, uint32_t index) {
  shm::RtcpHighest* highest = nullptr;
  shm::RtcpWindow* window = nullptr;
  uint32_t words = 0;
  for_each_rtcp_word(k, endpoint, [&](shm::RtcpHighest& h, shm::RtcpWindow& w) {
    ++words;
    const uint64_t word = h.load(std::memory_order_relaxed);
    const bool found = word != 0 && word >> 32 == ssrc;
    if (found || (word == 0 && highest == nullptr)) {
      highest = &h;
      window = &w;
    }
    return found;
  });
  if (highest == nullptr) {
    uint32_t turn = k.endpoints[endpoint].rtcp_next_source++ % words;
    for_each_rtcp_word(k, endpoint, [&](shm::RtcpHighest& h, shm::RtcpWindow& w) {
      highest = &h;
      window = &w;
      return turn-- == 0;
    });
    highest->store(0, std::memory_order_relaxed);
  }
  return shm::claim_rtcp_index(*highest, *window, ssrc, index);
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
    const uint32_t stream = k.stream_of(b.ssrc.value());
    if (stream == no_slot || k.streams[stream].endpoint != endpoint) continue;
    shm::StreamState& state = k.region.stream(stream).state;
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
  const uint32_t stream = k.stream_of(media_ssrc);
  if (stream == no_slot || k.streams[stream].endpoint != endpoint) return;
  const Receiver* r = k.streams[stream].receiver;
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
  } else if (const auto twcc = wire::parse_twcc(v)) {
    // What arrived is for the estimate of the path; the counts say what the policy asks of us.
    k.count(Counter::transport_feedback_in) += 1;
    k.count(Counter::transport_feedback_packets) += twcc->count;
  } else if (const auto fir = wire::parse_fir(v)) {
    for (std::size_t i = 0; i < fir->size(); ++i)
      on_key_frame_request(k, endpoint, fir->ssrc(i).value());
  }
}

// sender: an endpoint's slot, or no_slot.
Counter take_compound(Core& k, const Packet& p, uint32_t sender) {
  if (sender == no_slot) return Counter::drop_rtp_stranger;
  EndpointContext& ep = k.endpoints[sender];
  if (!ep.keyed) return Counter::drop_not_keyed;
  EndpointSpending& spent = k.budgets.of(ep.spending);
  if (spent.rtcp >= endpoint_rtcp_max || spent.tries >= endpoint_rtcp_tries_max)
    return Counter::drop_rtcp_budget;
  if (p.length < wire::rtcp_header_length + 4 + srtp::rtcp_overhead(ep.profile))
    return Counter::drop_malformed_rtcp;
  shm::EndpointState& state = k.endpoint_state(sender);
  SrtcpIndex index;
  const std::size_t length = k.engine->unprotect_rtcp(ep.recv_rtcp, p.data, p.length, &index);
  if (length == 0) {
    spent.tries += tries_of(p.length);
    bump(state.auth_failed);
    return Counter::drop_auth_failed;
  }
  const wire::ByteView plain(p.data, length);
  if (!fresh(k, sender, wire::load_be32(p.data + 4), index.value())) {
    spent.tries += tries_of(p.length);
    bump(state.replayed);
    return Counter::drop_replayed;
  }
  ++spent.rtcp;
  auto compound = wire::parse_rtcp(plain);
  if (!compound) return Counter::drop_malformed_rtcp;
  bump(state.rx_packets);
  bump(state.rx_bytes, p.length);
  follow_feedback(k, sender, ep, p.flow);
  wire::RtcpView v;
  while (compound->next(v)) take_packet(k, sender, v);
  return Counter::rtcp_in;
}

using Slots = std::array<uint32_t, burst_max>;

// Whose packets these are: endpoints' slots, no_slot for strangers'. Feedback comes from anybody,
// so nothing of its sender is in a cache, and what it needs is found one pointer after the other.
// Each pass asks memory for what the one before has found, for all packets at once.
void find_senders(Core& k, const PacketBatch& batch, Slots& senders) {
  for (const Packet& p : batch) k.flows.prefetch_cell(p.flow);
  for (const Packet& p : batch) k.flows.prefetch_entry(p.flow);
  for (std::size_t i = 0; i < batch.count; ++i) {
    const uint32_t* slot = k.flows.find(batch.items[i].flow);
    senders[i] = slot != nullptr ? *slot : no_slot;
    if (senders[i] == no_slot) continue;
    prefetch_lines(k.endpoints[senders[i]]);
    prefetch_lines(k.endpoint_state(senders[i]));
  }
}

// The streams that they may report on.
void prefetch_streams(Core& k, std::span<const uint32_t> senders) {
  Slots streams;
  for (std::size_t i = 0; i < senders.size(); ++i)
    streams[i] = senders[i] != no_slot ? k.endpoints[senders[i]].streams : no_slot;
  for (int depth = 0; depth < 2; ++depth) {  // video and audio
    for (std::size_t i = 0; i < senders.size(); ++i) {
      if (streams[i] == no_slot) continue;
      prefetch_lines(k.streams[streams[i]]);
      prefetch_lines(k.region.stream(streams[i]).state);
    }
    for (std::size_t i = 0; i < senders.size(); ++i)
      streams[i] = streams[i] != no_slot ? k.streams[streams[i]].next : no_slot;
  }
}

}  // namespace

void take_feedback(Core& k, PacketBatch& batch) {
  Slots senders;
  find_senders(k, batch, senders);
  prefetch_streams(k, {senders.data(), batch.count});
  for (std::size_t i = 0; i < batch.count; ++i) {
    k.count(take_compound(k, batch.items[i], senders[i])) += 1;
    rte_pktmbuf_free(batch.items[i].mbuf);
  }
}

}  // namespace sluice::dataplane
