// RTCP that Sluice sends: reports and feedback toward publishers, sender reports toward receivers.
#include <array>

#include "common/shm/live_record.h"
#include "common/wire/rtcp_pli.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/rtcp_sdes.h"
#include "common/wire/rtcp_sr.h"
#include "common/wire/rtcp_twcc.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr std::size_t rtcp_size_max = 1'200;
constexpr std::size_t rtcp_buffer = rtcp_size_max + 64;
constexpr std::string_view own_cname = "sluice";

// RFC 3550 s6.1: a compound begins with a report and names the source.
std::size_t begin_compound(wire::ByteSpan out, Ssrc own) {
  const std::size_t rr = wire::write_rr(out, own, {});
  return rr + wire::write_sdes_cname(out.subspan(rr), own, own_cname);
}

wire::ReportBlock report_on(RtpSource& s, TimeNs now) {
  const uint64_t expected = s.expected();
  const uint64_t expected_now = expected - s.expected_prior;
  const uint64_t received_now = s.received - s.received_prior;
  s.expected_prior = expected;
  s.received_prior = s.received;
  wire::ReportBlock b;
  b.ssrc = Ssrc(s.ssrc);
  // RFC 3550 A.3.
  if (expected_now != 0 && received_now < expected_now) {
    b.fraction_lost = static_cast<uint8_t>((expected_now - received_now) * 255 / expected_now);
  }
  b.cumulative_lost =
      static_cast<int32_t>(static_cast<int64_t>(expected) - static_cast<int64_t>(s.received));
  b.highest_seq = static_cast<uint32_t>(s.window.highest());
  b.jitter = s.jitter_16 >> 4;
  if (s.report_at != 0) {
    b.last_sr = s.report_ntp_mid;
    b.delay_since_last_sr = static_cast<uint32_t>(
        static_cast<uint64_t>((now - s.report_at) / 1'000) * 65'536 / 1'000'000);
  }
  return b;
}

}  // namespace

bool send_rtcp(Core& k, uint32_t endpoint, wire::ByteSpan buffer, std::size_t length) {
  EndpointContext& ep = k.endpoints[endpoint];
  if (length == 0 || !ep.keyed || !ep.connected) return false;
  const uint32_t index = ep.srtcp_indices.take(k.endpoint_state(endpoint));
  if (index == shm::SrtcpIndices::none) return false;
  const std::size_t total =
      k.engine->protect_rtcp(ep.send_key, buffer.data(), length, buffer.size(), SrtcpIndex(index));
  return total != 0 && k.tx.send_datagram(k.hops, k.selected(ep), {buffer.data(), total}, k.now);
}

bool send_pli(Core& k, uint32_t endpoint, uint32_t media_ssrc) {
  const Ssrc own(k.endpoints[endpoint].rtcp_ssrc);
  std::array<uint8_t, rtcp_buffer> buffer;
  std::size_t length = begin_compound(buffer, own);
  length += wire::write_pli(wire::ByteSpan(buffer).subspan(length), own, Ssrc(media_ssrc));
  return send_rtcp(k, endpoint, buffer, length);
}

void send_receiver_report(Core& k, uint32_t endpoint) {
  const EndpointContext& ep = k.endpoints[endpoint];
  std::array<wire::ReportBlock, wire::report_blocks_max> blocks;
  std::size_t count = 0;
  for (uint32_t s = k.publishers[ep.publisher].sources; s != no_slot && count < blocks.size();
       s = k.sources[s].next) {
    RtpSource& source = k.sources[s];
    if (source.received == source.received_prior) continue;
    blocks[count++] = report_on(source, k.now);
    auto& state = k.tracks[source.track].state->encodings[source.encoding];
    if (!source.rtx) {
      state.lost.store(
          source.expected() > source.received ? source.expected() - source.received : 0,
          std::memory_order_relaxed);
    }
  }
  if (count == 0) return;
  const Ssrc own(ep.rtcp_ssrc);
  std::array<uint8_t, rtcp_buffer> buffer;
  std::size_t length = wire::write_rr(buffer, own, {blocks.data(), count});
  length += wire::write_sdes_cname(wire::ByteSpan(buffer).subspan(length), own, own_cname);
  send_rtcp(k, endpoint, buffer, length);
  k.count(Counter::receiver_reports_sent) += 1;
}

void send_transport_feedback(Core& k, uint32_t endpoint) {
  const EndpointContext& ep = k.endpoints[endpoint];
  Publisher& p = k.publishers[ep.publisher];
  if (p.sources == no_slot) return;
  const Ssrc own(ep.rtcp_ssrc);
  const Ssrc media(k.sources[p.sources].ssrc);
  while (p.transport_next < p.transport_highest) {
    std::array<wire::TwccPacket, Publisher::arrivals_max> packets;
    std::size_t count = 0;
    for (uint64_t n = p.transport_next; n < p.transport_highest && count < packets.size(); ++n) {
      const TimeNs at = p.arrivals[n % Publisher::arrivals_max];
      packets[count++] = {Seq16(static_cast<uint16_t>(n)), at != 0, at};
    }
    std::array<uint8_t, rtcp_buffer> buffer;
    const std::size_t head = begin_compound(buffer, own);
    const wire::TwccWritten written =
        wire::write_twcc(wire::ByteSpan(buffer).first(rtcp_size_max).subspan(head), own, media,
                         p.feedback_count, {packets.data(), count});
    if (written.length == 0 || written.consumed == 0) {
      p.transport_next = p.transport_highest;
      return;
    }
    ++p.feedback_count;
    p.transport_next += written.consumed;
    send_rtcp(k, endpoint, buffer, head + written.length);
    k.count(Counter::transport_feedback_sent) += 1;
  }
}

void send_sender_report(Core& k, uint32_t stream) {
  StreamContext& s = k.streams[stream];
  if (s.generation == 0 || s.receiver == nullptr || (s.receiver->flags & receiver_open) == 0)
    return;
  const Receiver& r = *s.receiver;
  const ForwardClass& c = *r.forward_class;
  const shm::StreamState& state = k.region.stream(stream).state;
  SourceClock clock;
  if (!k.fan_out.track(r.track).log->clocks[c.encoding].read(clock) || clock.ntp == 0) {
    // Its source has not said yet what time it is.
    s.receiver->report_due_ms = static_cast<uint32_t>((k.now + ns_per_s) / ns_per_ms);
    return;
  }
  const uint64_t ntp = ntp_from_unix(k.unix_now);
  // RFC 3550 s6.4.1: the same instant on both clocks. The source's report gives one pair, time
  // since it the other.
  const auto since = static_cast<int64_t>(ntp - clock.ntp);  // 32.32 s
  const auto steps =
      static_cast<uint32_t>((since >> 16) * static_cast<int64_t>(clock.clock_rate) >> 16);
  const uint32_t source_timestamp = clock.timestamp + steps;
  std::array<uint8_t, rtcp_buffer> buffer;
  std::size_t length = wire::write_sr(
      buffer, {.sender = Ssrc(s.ssrc),
               .ntp = ntp,
               .rtp_timestamp = source_timestamp + c.timestamp_delta + r.timestamp_offset,
               .packets = static_cast<uint32_t>(state.packets.load(std::memory_order_relaxed)),
               .octets = static_cast<uint32_t>(state.bytes.load(std::memory_order_relaxed))});
  shm::StreamRecord record;
  Generation generation;
  if (shm::read_live(k.region.stream(stream), record, generation) != shm::SlotRead::live ||
      generation.value() != s.generation) {
    return;
  }
  length += wire::write_sdes_cname(wire::ByteSpan(buffer).subspan(length), Ssrc(s.ssrc),
                                   record.cname.view());
  send_rtcp(k, s.endpoint, buffer, length);
  k.count(Counter::sender_reports_sent) += 1;
}

}  // namespace sluice::dataplane
