// Fan-out's inner half: one receiver's visit, its frames, the batch of jobs. The work per packet
// sent is here.
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "common/wire/rtp.h"
#include "dataplane/fan_out.h"
#include "dataplane/port/frame_mbuf.h"
#include "dataplane/port/frame_supply.h"
#include "dataplane/port/hop_cache.h"
#include "dataplane/stage_clock.h"
#include "dataplane/tx.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr uint64_t index_mask = (1ULL << 48) - 1;  // RFC 3711 s3.3.1
constexpr uint32_t report_interval_ms = 5'000;
constexpr uint32_t report_interval_young_ms = 1'000;
constexpr uint32_t report_young_packets = 64;
constexpr uint32_t report_spread_ms = 200;
constexpr uint32_t buffers_ahead = 6;

}  // namespace

// Raw mbufs: every field that transmission reads is set by set_frame. In the order of the pool.
void FanOut::fill_stash() {
  std::copy(stash_.begin() + stash_at_, stash_.begin() + stash_end_, stash_.begin());
  stash_end_ -= stash_at_;
  stash_at_ = 0;
  if (x_.supply->take({&stash_[stash_end_], job_batch})) stash_end_ += job_batch;
}

// Null: the pool is empty.
inline rte_mbuf* FanOut::take_mbuf() {
  if (stash_at_ == stash_end_) [[unlikely]] {
    fill_stash();
    if (stash_at_ == stash_end_) return nullptr;
  }
  if (stash_at_ + buffers_ahead < stash_end_) {
    // Its lines that building a packet touches: none of them needs to be read to know where.
    const auto* later = reinterpret_cast<const char*>(stash_[stash_at_ + buffers_ahead]);
    __builtin_prefetch(later, 1);
    __builtin_prefetch(later + payload_offset - 64, 1);
    __builtin_prefetch(later + payload_offset, 1);
  }
  return stash_[stash_at_++];
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
  if (r.packets != 0) {  // it was open before: paused since, or without consent
    s.last_timestamp = r.last_timestamp;
    s.used = true;
  }
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
  // Soon, so that lips and voice meet; not for all who opened with one key frame at once.
  r.report_due_ms = now_ms_ + r.stream * 0x9e3779b9U % report_spread_ms;
  r.packets = 0;
  r.flags = static_cast<uint16_t>((r.flags | receiver_open) & ~receiver_told);
  note_opened(r);
  return true;
}

// A key frame opens more receivers than there is room for notes; the others come again.
void FanOut::note_opened(Receiver& r) {
  if ((r.flags & receiver_told) == 0 && opened_.push(r.subscription)) r.flags |= receiver_told;
}

// One packet's headers into its mbuf, and its job into the batch.
inline void FanOut::build(const FanOutTrack& t, const Receiver& r, const ClassPacket& p,
                          rte_mbuf* m, const FrameTemplate& hop) {
  uint8_t* packet = payload_of(m);
  // Whole lines: longer than the header, inside the mbuf's room, and overwritten by the payload.
  std::memcpy(packet, p.header.data(), 64);
  if (p.header_length > 64) [[unlikely]]
    std::memcpy(packet + 64, p.header.data() + 64, class_header_max - 64);
  const uint64_t index = (p.index + r.index_offset) & index_mask;
  wire::patch_rtp_seq(packet, Seq16(static_cast<uint16_t>(index)));
  wire::patch_rtp_timestamp(packet, p.timestamp + r.timestamp_offset);
  wire::patch_rtp_ssrc(packet, Ssrc(r.ssrc));
  if (p.transport_at != 0)
    wire::store_be16(packet + p.transport_at, transport_numbers_[r.endpoint]++);
  const auto length = static_cast<uint16_t>(p.header_length + p.payload_length + r.overhead);
  const uint16_t headers =
      hop.family == 4
          ? write_frame4(hop, packet, r.remote_ip.data(), r.remote_port, length, t.kind)
          : write_frame6(hop, packet, r.remote_ip.data(), r.remote_port, length, t.kind);
  set_frame(m, headers, length);
  Batch& b = *building_;
  const std::size_t at = b.count;
  b.jobs[at] = {.key = r.key,
                .packet = packet,
                .payload = p.payload,
                .header_length = p.header_length,
                .payload_length = p.payload_length,
                .ssrc = Ssrc(r.ssrc),
                .index = SrtpIndex(index)};
  b.pending[at] = {&hop, t.remote ? t.log : nullptr, p.byte_start, length};
  b.frames[at] = m;
  b.lengths[at] = static_cast<uint16_t>(headers + length);
  if (++b.count == job_batch) turn();
}

// Why a packet of the class is not for this receiver after all, counted. False: send it.
bool FanOut::refuse(const FanOutTrack& t, const Receiver& r, const ClassPacket& p,
                    std::size_t room) {
  Counter why;
  if (p.index < r.index_floor) {
    why = Counter::egress_waiting;
  } else if (std::size_t{p.header_length} + p.payload_length + r.overhead > room) {
    why = Counter::egress_too_big;
  } else if (!t.log->intact(p.byte_start)) {
    why = Counter::egress_log_overrun;
  } else {
    return false;
  }
  (*x_.counters)[why] += 1;
  return true;
}

// True when the receiver may be sent something; else what it has not had is accounted for.
bool FanOut::admit(Receiver& r, const FrameTemplate* hop) {
  if ((r.flags & (receiver_ready | receiver_paused)) != receiver_ready) {
    skip(r, (r.flags & receiver_paused) != 0 ? Counter::egress_paused : Counter::egress_not_ready);
    return false;
  }
  if (r.forward_class->undecodable) {
    skip(r, Counter::egress_undecodable);
    undecodable_.push(r.subscription);
    return false;
  }
  if (hop == nullptr) {
    skip(r, Counter::egress_no_next_hop);
    return false;
  }
  if ((r.flags & receiver_open) == 0 && !open(r)) {
    skip(r, Counter::egress_waiting);
    want_key_frame(r.track);
    return false;
  }
  return true;
}

// False when it had to stop: the port's queue is full.
bool FanOut::visit(FanOutTrack& t, Receiver& r) {
  const ForwardClass& c = *r.forward_class;
  if (r.considered == c.considered) return true;
  constexpr uint16_t going = receiver_ready | receiver_open;
  const FrameTemplate* hop = x_.hops->template_of(r.hop);
  if ((r.flags & (going | receiver_paused)) != going || c.undecodable || hop == nullptr)
      [[unlikely]] {
    if (!admit(r, hop)) return true;
  }
  if (x_.tx->blocked(hop->port)) return false;
  if (c.head - r.position > c.mask + 1) [[unlikely]]
    catch_up(r);
  // Our numbers must be on record before the first of these packets is encrypted.
  shm::StreamState& state = *r.state;
  const uint64_t next = ((c.highest + r.index_offset) & index_mask) + 1;
  if (next > state.next_index.load(std::memory_order_relaxed)) {
    state.next_index.store(next, std::memory_order_release);
    r.last_timestamp = c.last_timestamp + r.timestamp_offset;
  }
  const uint64_t due = c.head - r.position;
  uint64_t sent = 0;
  uint64_t bytes = 0;
  for (; r.position != c.head; ++r.position) {
    const ClassPacket& p = c.ring[r.position & c.mask];
    if (refuse(t, r, p, hop->payload_max)) [[unlikely]]
      continue;
    rte_mbuf* m = take_mbuf();
    if (m == nullptr) [[unlikely]] {
      (*x_.counters)[Counter::egress_pool_empty] += 1;
      continue;
    }
    ++sent;
    bytes += p.payload_length;
    build(t, r, p, m, *hop);
  }
  shm::Counters& counters = *x_.counters;
  counters[Counter::visited] += c.considered - r.considered;
  counters[Counter::egress_layer] += c.considered - r.considered - due;
  r.considered = c.considered;
  if (sent == 0) return true;
  counters[Counter::visits] += 1;
  slice_steps_ += static_cast<uint32_t>(sent);
  r.packets += static_cast<uint32_t>(sent);
  const auto relaxed = std::memory_order_relaxed;
  state.packets.store(state.packets.load(relaxed) + sent, relaxed);
  state.bytes.store(state.bytes.load(relaxed) + bytes, relaxed);
  if (static_cast<int32_t>(now_ms_ - r.report_due_ms) >= 0) [[unlikely]]
    note_report_due(r);
  return true;
}

// The class log went round before this receiver's turn: a gap in its numbers, honest as a loss.
void FanOut::catch_up(Receiver& r) {
  const ForwardClass& c = *r.forward_class;
  const uint64_t resume = c.head - c.mask - 1;
  const uint64_t lost = c.ring[resume & c.mask].considered - 1 - r.considered;
  (*x_.counters)[Counter::visited] += lost;
  (*x_.counters)[Counter::egress_log_overrun] += lost;
  r.considered += lost;
  r.position = resume;
}

// Once more soon, then by RFC 3550 s6.2's minimum.
void FanOut::note_report_due(Receiver& r) {
  note_opened(r);
  if (!reports_due_.push(r.stream)) return;
  const bool young = r.packets < report_young_packets;
  r.report_due_ms = now_ms_ + (young ? report_interval_young_ms : report_interval_ms);
}

// A batch is full: the one before it goes out.
void FanOut::turn() {
  if (stash_end_ - stash_at_ < job_batch) fill_stash();
  encrypt(*built_, *building_);
  std::swap(building_, built_);
  end_slice_when_due();
}

// Everything that was built goes out.
void FanOut::flush() {
  encrypt(*built_, *building_);
  encrypt(*building_, *built_);
}

// Encrypts a batch and hands it to tx. next: what is encrypted after it.
void FanOut::encrypt(Batch& b, const Batch& next) {
  if (b.count == 0) return;
  x_.clock->lap(shm::Stage::fan_out, b.count);
  x_.engine->protect({b.jobs.data(), b.count}, {next.jobs.data(), next.count});
  x_.clock->lap(shm::Stage::encrypt, b.count);
  finish(b);
  x_.clock->lap(shm::Stage::transmit, b.count);
  b.count = 0;
}

// Frames that go out by one port are given to it together, in order.
void FanOut::finish(Batch& b) {
  std::size_t kept = 0;
  std::size_t begin = 0;  // of the run of frames for one port, among those kept
  uint8_t port = b.pending[0].hop->port;
  const auto give = [&] {
    x_.tx->send_media(port, {&b.frames[begin], kept - begin}, {&b.lengths[begin], kept - begin},
                      now_);
    begin = kept;
  };
  for (std::size_t i = 0; i < b.count; ++i) {
    const Pending& p = b.pending[i];
    rte_mbuf* m = b.frames[i];
    if (p.log != nullptr && !p.log->intact(p.byte_start)) [[unlikely]] {
      // Lapped while we read: the index is spent, the bytes are not the track's.
      (*x_.counters)[Counter::egress_log_overrun] += 1;
      x_.supply->give(m);
      continue;
    }
    if (p.hop->port != port) [[unlikely]] {
      give();
      port = p.hop->port;
    }
    finish_frame(m, *p.hop, p.length);
    b.frames[kept] = m;
    b.lengths[kept++] = b.lengths[i];
  }
  give();
}

}  // namespace sluice::dataplane
