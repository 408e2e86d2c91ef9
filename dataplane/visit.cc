// Fan-out's inner half: one receiver's visit, its frames, the batch of jobs. The work per packet
// sent is here.
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "common/wire/rtp.h"
#include "dataplane/fan_out.h"
#include "dataplane/port/frame_mbuf.h"
#include "dataplane/port/hop_cache.h"
#include "dataplane/tx.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr uint64_t index_mask = (1ULL << 48) - 1;  // RFC 3711 s3.3.1
constexpr uint32_t report_interval_ms = 1'000;

}  // namespace

rte_mbuf* FanOut::take_mbuf() {
  if (stash_count_ == 0) {
    if (rte_pktmbuf_alloc_bulk(x_.pool, stash_.data(), static_cast<unsigned>(job_batch)) != 0)
      return nullptr;
    stash_count_ = job_batch;
  }
  return stash_[--stash_count_];
}

// Accounts for everything up to the class's end without sending it.
void FanOut::skip(Receiver& r, Counter why) {
  const ForwardClass& c = *r.forward_class;
  (*x_.counters)[Counter::visited] += c.considered - r.considered;
  (*x_.counters)[why] += c.considered - r.considered;
  r.considered = c.considered;
  r.position = c.head;
}

// Fixes the receiver's numbers to the class at the newest place where a decoder can begin. What
// lies before it is skipped. False when there is no such place yet.
bool FanOut::open(Receiver& r) {
  const ForwardClass& c = *r.forward_class;
  const uint64_t oldest = std::max(r.position, c.head > c.mask ? c.head - c.mask : 0);
  uint64_t at = c.head;
  while (at > oldest && !c.ring[(at - 1) & c.mask].opens) --at;
  if (at == oldest) return false;
  const uint64_t place = at - 1;
  const ClassPacket& p = c.ring[place & c.mask];
  StreamContext& s = x_.streams[r.stream];
  // The packets in front of it count as waited for; its own count includes itself.
  const uint64_t before = p.considered - 1 - r.considered;
  (*x_.counters)[Counter::visited] += before;
  (*x_.counters)[Counter::egress_waiting] += before;
  r.considered = p.considered - 1;
  r.position = place;
  r.index_floor = p.index;
  r.index_offset = r.state->next_index.load(std::memory_order_relaxed) - p.index;
  // The stream's clock runs by itself, so that it goes on over source switches and restarts of this
  // process.
  uint32_t timestamp =
      s.initial_timestamp + static_cast<uint32_t>(static_cast<uint64_t>(now_ / ns_per_ms) *
                                                  (clock_rate(c.codec) / 1'000));
  if (s.used && static_cast<int32_t>(timestamp - s.last_timestamp) <= 0)
    timestamp = s.last_timestamp + 1;
  r.timestamp_offset = timestamp - p.timestamp;
  r.report_due_ms = now_ms_;
  r.packets = 0;
  r.flags |= receiver_open;
  opened_.push(r.subscription);
  return true;
}

void FanOut::send(FanOutTrack& t, Receiver& r, const ClassPacket& p, rte_mbuf* m,
                  std::size_t overhead, const FrameTemplate& hop) {
  uint8_t* packet = payload_of(m);
  // Whole lines: longer than the header, inside the mbuf's room, and overwritten by the payload.
  std::memcpy(packet, p.header.data(), 64);
  if (p.header_length > 64) [[unlikely]]
    std::memcpy(packet + 64, p.header.data() + 64, class_header_max - 64);
  const uint64_t index = (p.index + r.index_offset) & index_mask;
  wire::patch_rtp_seq(packet, Seq16(static_cast<uint16_t>(index)));
  wire::patch_rtp_timestamp(packet, p.timestamp + r.timestamp_offset);
  wire::patch_rtp_ssrc(packet, Ssrc(r.ssrc));
  const auto length = static_cast<uint16_t>(p.header_length + p.payload_length + overhead);
  const uint16_t headers =
      hop.family == 4 ? write_frame4(hop, packet, r.remote_ip.data(), r.remote_port, length)
                      : write_frame6(hop, packet, r.remote_ip.data(), r.remote_port, length);
  set_frame(m, headers, length);
  jobs_[job_count_] = {.key = r.key,
                       .packet = packet,
                       .payload = p.payload,
                       .header_length = p.header_length,
                       .payload_length = p.payload_length,
                       .ssrc = Ssrc(r.ssrc),
                       .index = SrtpIndex(index)};
  pending_[job_count_] = {m, t.remote ? t.log : nullptr, p.byte_start, &hop, length};
  if (++job_count_ == job_batch) flush();
}

// False when it had to stop in the middle: no mbuf, or the port's queue is full.
bool FanOut::visit(FanOutTrack& t, Receiver& r) {
  const ForwardClass& c = *r.forward_class;
  if (r.considered == c.considered) return true;
  if ((r.flags & (receiver_ready | receiver_paused)) != receiver_ready) [[unlikely]] {
    skip(r, (r.flags & receiver_paused) != 0 ? Counter::egress_paused : Counter::egress_not_ready);
    return true;
  }
  if (c.undecodable) [[unlikely]] {
    skip(r, Counter::egress_undecodable);
    undecodable_.push(r.subscription);
    return true;
  }
  if ((r.flags & receiver_open) == 0) [[unlikely]] {
    if (!open(r)) {
      skip(r, Counter::egress_waiting);
      want_key_frame(r.track);
      return true;
    }
  }
  const FrameTemplate* hop = x_.hops->template_of(r.hop);
  if (hop == nullptr) [[unlikely]] {
    skip(r, Counter::egress_no_next_hop);
    return true;
  }
  shm::Counters& counters = *x_.counters;
  if (c.head - r.position > c.mask + 1) [[unlikely]] {
    // The class log went round before this receiver's turn: a gap in its numbers, honest as a loss.
    const uint64_t resume = c.head - c.mask - 1;
    const uint64_t lost = c.ring[resume & c.mask].considered - 1 - r.considered;
    counters[Counter::visited] += lost;
    counters[Counter::egress_log_overrun] += lost;
    r.considered += lost;
    r.position = resume;
  }
  if (x_.tx->blocked(hop->port)) return false;
  const std::size_t overhead = srtp::rtp_overhead(srtp::Engine::profile_of(r.key));
  uint64_t next_index = r.state->next_index.load(std::memory_order_relaxed);
  uint64_t sent = 0;
  uint64_t bytes = 0;
  // Our index must be on record before the packet is encrypted: the batch is encrypted by flush()
  // at the earliest.
  for (; r.position != c.head; ++r.position) {
    const ClassPacket& p = c.ring[r.position & c.mask];
    counters[Counter::visited] += p.considered - r.considered;
    counters[Counter::egress_layer] += p.considered - r.considered - 1;
    r.considered = p.considered;
    if (p.index < r.index_floor) {
      counters[Counter::egress_waiting] += 1;
      continue;
    }
    if (p.header_length + p.payload_length + overhead > hop->payload_max) [[unlikely]] {
      counters[Counter::egress_too_big] += 1;
      continue;
    }
    if (!t.log->intact(p.byte_start)) [[unlikely]] {
      counters[Counter::egress_log_overrun] += 1;
      continue;
    }
    rte_mbuf* m = take_mbuf();
    if (m == nullptr) [[unlikely]] {
      counters[Counter::egress_pool_empty] += 1;
      continue;
    }
    const uint64_t index = (p.index + r.index_offset) & index_mask;
    if (index >= next_index) {
      next_index = index + 1;
      r.state->next_index.store(next_index, std::memory_order_release);
      r.last_timestamp = p.timestamp + r.timestamp_offset;
    }
    ++sent;
    bytes += p.payload_length;
    send(t, r, p, m, overhead, *hop);
  }
  counters[Counter::visited] += c.considered - r.considered;
  counters[Counter::egress_layer] += c.considered - r.considered;
  r.considered = c.considered;
  if (sent != 0) {
    counters[Counter::visits] += 1;
    r.packets += static_cast<uint32_t>(sent);
    auto& state = *r.state;
    state.packets.store(state.packets.load(std::memory_order_relaxed) + sent,
                        std::memory_order_relaxed);
    state.bytes.store(state.bytes.load(std::memory_order_relaxed) + bytes,
                      std::memory_order_relaxed);
    if (static_cast<int32_t>(now_ms_ - r.report_due_ms) >= 0 && reports_due_.push(r.stream)) {
      r.report_due_ms = now_ms_ + report_interval_ms;
    }
  }
  return true;
}

// Encrypts the batch and hands it to tx.
void FanOut::flush() {
  if (job_count_ == 0) return;
  x_.engine->protect({jobs_.data(), job_count_});
  const std::size_t n = job_count_;
  job_count_ = 0;
  for (std::size_t i = 0; i < n; ++i) {
    Pending& p = pending_[i];
    if (p.log != nullptr && !p.log->intact(p.byte_start)) [[unlikely]] {
      // Lapped while we read: the index is spent, the bytes are not the track's.
      (*x_.counters)[Counter::egress_log_overrun] += 1;
      rte_pktmbuf_free(p.mbuf);
      continue;
    }
    if (p.hop->family == 6) {
      finish_udp6(*p.hop, payload_of(p.mbuf), p.length);
      if (p.hop->udp6_offload != 0) set_frame_offload(p.mbuf, *p.hop);
    }
    x_.tx->push_media(p.hop->port, p.mbuf);
  }
  for (uint8_t port = 0; port < x_.port_count; ++port) {
    if (x_.tx->full(port)) x_.tx->flush(now_);
  }
}

}  // namespace sluice::dataplane
