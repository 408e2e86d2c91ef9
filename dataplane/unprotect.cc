// Unprotect: SRTP in, decrypted payload in the track's log. Nothing of a packet counts before its
// tag verified: neither its binding, nor its index, nor its arrival.
#include <rte_mbuf.h>

#include <array>

#include "common/wire/rtp.h"
#include "common/wire/rtp_extension.h"
#include "common/wire/rtp_extension_values.h"
#include "common/wire/rtx.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr std::size_t scratch_size = 2'048;
// After a tag failed: garbage from a known address must not use up the log of a running call.
constexpr TimeNs suspicion_ns = ns_per_s;

// What is known of a packet between the two halves.
struct Arrival {
  const Packet* packet = nullptr;
  wire::RtpView rtp;
  uint32_t endpoint = no_slot;
  uint32_t source = no_slot;  // no_slot: `binding` is a guess until the tag verified
  Binding binding{};
  Codec codec = Codec::none;
  uint64_t index = 0;
  bool in_scratch = false;
  uint64_t byte_start = 0;  // claimed in the log, unless in_scratch
  wire::ByteView descriptor{};
};

struct Burst {
  std::array<Arrival, burst_max> arrivals;
  std::array<srtp::UnprotectJob, burst_max> jobs;
  std::array<std::array<uint8_t, scratch_size>, burst_max> scratch;
  std::size_t count = 0;
};

bool refuse(Core& k, Counter why) {
  k.count(why) += 1;
  return false;
}

// Tags that failed cost as much as those that verify. Once there were many, a packet is tried only
// if it continues a source whose packets verified, and after too many none is.
bool may_try(Core& k, const Publisher& publisher, const Arrival& a) {
  if (publisher.forged_interval != k.budgets.interval()) return true;
  if (publisher.forged < endpoint_forged_soft_max) return true;
  if (publisher.forged >= endpoint_forged_hard_max || a.source == no_slot) return false;
  const uint64_t highest = k.sources[a.source].window.highest();
  return a.index < highest + continues_within && highest < a.index + continues_within;
}

void on_forged(Core& k, Publisher& publisher) {
  if (publisher.forged_interval != k.budgets.interval()) {
    publisher.forged_interval = k.budgets.interval();
    publisher.forged = 0;
  }
  ++publisher.forged;
  publisher.suspect_until = k.now + suspicion_ns;
}

// Room in the track's log for the descriptor, which is written, and a payload behind it. Null: too
// large for the log.
uint8_t* claim(Core& k, Arrival& a, std::size_t payload_length) {
  const std::size_t head = a.descriptor.size();
  uint8_t* at = (*k.node.logs)[a.binding.track].claim(static_cast<uint32_t>(head + payload_length),
                                                      &a.byte_start);
  if (at == nullptr) return nullptr;
  if (head != 0) std::memcpy(at, a.descriptor.data(), head);
  return at + head;
}

// First half: find the keys, the index and the place for the payload. False: dropped and counted.
bool admit(Core& k, const Packet& p, Burst& burst) {
  const uint32_t* slot = k.flows.find(p.flow);
  if (slot == nullptr) return refuse(k, Counter::drop_rtp_stranger);
  EndpointContext& ep = k.endpoints[*slot];
  if (!ep.keyed) return refuse(k, Counter::drop_not_keyed);
  const auto rtp = wire::parse_rtp_header({p.data, p.length});
  const std::size_t overhead = srtp::rtp_overhead(ep.profile);
  if (!rtp || p.length < rtp->header_length + overhead)
    return refuse(k, Counter::drop_malformed_rtp);
  if (ep.publisher == no_slot) return refuse(k, Counter::drop_unknown_ssrc);
  const Publisher& publisher = k.publishers[ep.publisher];
  const auto& payload = publisher.payloads[rtp->payload_type().value()];
  if (payload.codec == Codec::none) return refuse(k, Counter::drop_unknown_payload_type);

  Arrival& a = burst.arrivals[burst.count];
  a = {.packet = &p, .rtp = *rtp, .endpoint = *slot, .codec = payload.codec};
  if (const uint32_t* source = k.ssrcs.find(ssrc_key(*slot, rtp->ssrc().value()))) {
    const RtpSource& s = k.sources[*source];
    a.source = *source;
    a.binding = {s.track, s.encoding, s.rtx};
    a.index = s.estimate(rtp->seq()).value();
    if (!s.window.check(a.index)) {
      bump(k.endpoint_state(*slot).replayed);
      return refuse(k, Counter::drop_replayed);
    }
    // RFC 4588 s8.6: media and RTX have SSRCs of their own; a payload type that says otherwise is
    // refused.
    if (s.rtx != (payload.rtx_of != 0)) return refuse(k, Counter::drop_unknown_payload_type);
  } else {
    a.binding = find_binding(k, publisher, *rtp);
    if (a.binding.track == no_slot) return refuse(k, Counter::drop_unknown_ssrc);
    a.index = rtp->seq().value();
  }
  if (k.tracks[a.binding.track].kind != kind_of(payload.codec))
    return refuse(k, Counter::drop_unknown_payload_type);

  const auto payload_length = static_cast<uint32_t>(p.length - rtp->header_length - overhead);
  if (!a.binding.rtx && publisher.extensions.dependency_descriptor != 0) {
    a.descriptor = wire::find_rtp_extension(*rtp, publisher.extensions.dependency_descriptor);
    if (a.descriptor.size() > 255) a.descriptor = {};
  }
  const bool suspect = k.now < publisher.suspect_until;
  if (suspect && !may_try(k, publisher, a)) return refuse(k, Counter::drop_srtp_budget);
  a.in_scratch = a.binding.rtx || suspect;
  uint8_t* out = burst.scratch[burst.count].data();
  if (payload_length > scratch_size) return refuse(k, Counter::drop_oversize);
  if (!a.in_scratch) {
    out = claim(k, a, payload_length);
    if (out == nullptr) return refuse(k, Counter::drop_oversize);
  }
  burst.jobs[burst.count] = {.key = publisher.recv_key,
                             .packet = p.data,
                             .payload = out,
                             .length = p.length,
                             .header_length = rtp->header_length,
                             .ssrc = rtp->ssrc(),
                             .index = SrtpIndex(a.index)};
  ++burst.count;
  return true;
}

void note_transport_arrival(Core& k, Publisher& publisher, const wire::RtpView& rtp) {
  const wire::ByteView data = wire::find_rtp_extension(rtp, publisher.extensions.transport_cc);
  const auto seq = wire::parse_transport_seq(data);
  if (!seq) return;
  // Unwrapped around the highest so far.
  const uint64_t highest = publisher.transport_highest;
  uint64_t number = *seq;
  if (highest == 0) {
    number += 1ULL << 16;  // room for older numbers below the first
    publisher.transport_next = number;
  } else {
    const auto step =
        static_cast<int16_t>(static_cast<uint16_t>(*seq - static_cast<uint16_t>(highest - 1)));
    number = highest - 1 + static_cast<uint64_t>(static_cast<int64_t>(step));
  }
  if (number + Publisher::arrivals_max <= highest || number < publisher.transport_next) return;
  if (number >= highest + Publisher::arrivals_max) {
    publisher.arrivals.fill(0);
    publisher.transport_next = number;
  } else {
    for (uint64_t n = highest; n < number; ++n) publisher.arrivals[n % Publisher::arrivals_max] = 0;
  }
  publisher.arrivals[number % Publisher::arrivals_max] = k.now;
  publisher.transport_highest = std::max(highest, number + 1);
  if (publisher.transport_highest - publisher.transport_next > Publisher::arrivals_max) {
    publisher.transport_next = publisher.transport_highest - Publisher::arrivals_max;
  }
}

void tell_started(Core& k, TrackContext& track, const Arrival& a) {
  const bool first = track.codec == Codec::none;
  track.codec = a.codec;
  track.state->codec.store(static_cast<uint32_t>(a.codec), std::memory_order_relaxed);
  shm::Event e = k.event(first ? shm::EventKind::track_started : shm::EventKind::track_codec,
                         {a.binding.track, track.generation});
  e.detail = static_cast<uint8_t>(a.codec);
  e.encoding = a.binding.encoding;
  e.value = a.rtp.ssrc().value();
  k.tell(e);
}

// One authenticated media payload into the log of its track. `payload` may lie in the log already.
void commit(Core& k, const Arrival& a, uint64_t index, wire::ByteView payload) {
  TrackContext& track = k.tracks[a.binding.track];
  TrackLog& log = (*k.node.logs)[a.binding.track];
  const shm::ExtensionIds& ids = k.publishers[k.endpoints[a.endpoint].publisher].extensions;
  if (track.codec != a.codec) tell_started(k, track, a);

  LogEntry entry;
  entry.byte_start = a.byte_start;
  entry.index = index;
  entry.arrival = k.now;
  entry.timestamp = a.rtp.timestamp();
  entry.payload_length = static_cast<uint16_t>(payload.size());
  entry.source_epoch = log.epochs[a.binding.encoding];
  entry.encoding = a.binding.encoding;
  entry.codec = a.codec;
  entry.flags = a.rtp.marker() ? log_marker : 0;
  entry.dd_length = static_cast<uint8_t>(a.descriptor.size());
  if (payload.empty()) {
    entry.flags |= log_padding;
  } else {
    wire::RtpExtensionReader reader(a.rtp);
    wire::RtpExtensionElement e;
    while (reader.next(e)) {
      if (e.id == ids.audio_level && !e.data.empty()) {
        entry.level = e.data[0];
        entry.flags |= log_has_level;
      } else if (e.id == ids.video_orientation && !e.data.empty()) {
        entry.orientation = e.data[0];
        entry.flags |= log_has_orientation;
      }
    }
    describe(k, track, a.binding.track, a.binding.encoding, a.codec, payload, a.descriptor, entry);
    if (track.kind == MediaKind::audio && (entry.flags & log_has_level) != 0) {
      on_audio_level(k, track, a.binding.track, entry.level & 0x7f);
    }
  }
  auto& state = track.state->encodings[a.binding.encoding];
  bump(state.packets);
  bump(state.bytes, payload.size());
  if ((entry.flags & log_frame_start) != 0) bump(state.frames);
  if ((entry.flags & log_key_frame) != 0 && (entry.flags & log_frame_start) != 0)
    bump(state.key_frames);
  log.last_packet[a.binding.encoding].store(k.now, std::memory_order_relaxed);
  log.commit(entry);
  if (k.advanced.empty() || k.advanced.back() != a.binding.track)
    k.advanced.push_back(a.binding.track);
}

// RFC 4588: the payload is another packet's number and, unless it is a probe, that packet's
// payload.
void take_rtx(Core& k, Arrival& a, wire::ByteView payload) {
  k.count(Counter::rtx_in) += 1;
  const auto rtx = wire::parse_rtx(payload);
  TrackContext& track = k.tracks[a.binding.track];
  const uint32_t media = track.encodings[a.binding.encoding].source;
  // Nothing but padding, or of an SSRC we have not met: a probe.
  if (!rtx || rtx->payload.empty() || media == no_slot || track.muted) return;
  RtpSource& s = k.sources[media];
  const uint64_t index = s.estimate(rtx->original_seq).value();
  if (!s.window.started() || !s.window.check(index)) return;
  a.descriptor = {};
  uint8_t* at = claim(k, a, rtx->payload.size());
  if (at == nullptr) return;
  std::memcpy(at, rtx->payload.data(), rtx->payload.size());
  s.window.commit(index);
  commit(k, a, index, {at, rtx->payload.size()});
}

// Second half, for a packet whose tag verified.
void take(Core& k, Arrival& a, const srtp::UnprotectJob& job) {
  EndpointContext& ep = k.endpoints[a.endpoint];
  if (a.source == no_slot) {
    // An earlier packet of this burst may have bound it.
    const uint32_t* bound = k.ssrcs.find(ssrc_key(a.endpoint, a.rtp.ssrc().value()));
    a.source = bound != nullptr ? *bound : bind(k, a.endpoint, a.rtp.ssrc().value(), a.binding);
    if (a.source == no_slot) {
      refuse(k, Counter::drop_unknown_ssrc);
      return;
    }
  }
  RtpSource& s = k.sources[a.source];
  if (s.endpoint != a.endpoint || s.ssrc != a.rtp.ssrc().value() || !s.window.check(a.index)) {
    bump(k.endpoint_state(a.endpoint).replayed);
    refuse(k, Counter::drop_replayed);
    return;
  }
  s.window.commit(a.index);
  s.on_received(a.index, a.rtp.timestamp(), k.now, clock_rate(a.codec));
  TrackContext& track = k.tracks[a.binding.track];
  auto& state = track.state->encodings[a.binding.encoding];
  (a.binding.rtx ? state.rtx_highest_index : state.highest_index)
      .store(s.window.highest() + 1, std::memory_order_release);
  shm::EndpointState& endpoint = k.endpoint_state(a.endpoint);
  bump(endpoint.rx_packets);
  bump(endpoint.rx_bytes, a.packet->length);
  Publisher& publisher = k.publishers[ep.publisher];
  if (ep.transport_feedback && publisher.extensions.transport_cc != 0) {
    note_transport_arrival(k, publisher, a.rtp);
  }
  std::size_t length = job.payload_length;
  if (a.rtp.has_padding()) {
    // RFC 3550 s5.1.
    const std::size_t padding = length != 0 ? job.payload[length - 1] : 0;
    if (padding == 0 || padding > length) {
      refuse(k, Counter::drop_malformed_rtp);
      return;
    }
    length -= padding;
  }
  if (a.binding.rtx) {
    take_rtx(k, a, {job.payload, length});
    return;
  }
  if (track.muted) {
    refuse(k, Counter::drop_track_muted);
    return;
  }
  const uint8_t* payload = job.payload;
  if (a.in_scratch) {
    uint8_t* at = claim(k, a, length);
    if (at == nullptr) {
      refuse(k, Counter::drop_oversize);
      return;
    }
    std::memcpy(at, payload, length);
    payload = at;
  }
  k.count(length != 0 ? Counter::media_in : Counter::padding_in) += 1;
  commit(k, a, a.index, {payload, length});
}

}  // namespace

void unprotect(Core& k, PacketBatch& batch) {
  if (batch.count == 0) return;
  static thread_local Burst burst;
  burst.count = 0;
  for (const Packet& p : batch) admit(k, p, burst);
  k.engine->unprotect({burst.jobs.data(), burst.count});
  for (std::size_t i = 0; i < burst.count; ++i) {
    if (burst.jobs[i].ok) {
      take(k, burst.arrivals[i], burst.jobs[i]);
    } else {
      EndpointContext& ep = k.endpoints[burst.arrivals[i].endpoint];
      on_forged(k, k.publishers[ep.publisher]);
      bump(k.endpoint_state(burst.arrivals[i].endpoint).auth_failed);
      refuse(k, Counter::drop_auth_failed);
    }
  }
  for (const Packet& p : batch) rte_pktmbuf_free(p.mbuf);
}

}  // namespace sluice::dataplane
