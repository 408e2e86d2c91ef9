#include "dataplane/mirror.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "common/wire/ethernet.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/rtp.h"
#include "common/wire/stun.h"
#include "common/wire/udp.h"
#include "dataplane/core.h"
#include "dataplane/port/port.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

wire::ByteView bytes_of(const rte_mbuf* m) {
  return {rte_pktmbuf_mtod(m, const uint8_t*), m->data_len};
}

// The sender's SSRC, in clear in SRTP (RFC 3550 s5.1) and SRTCP (RFC 3711 s3.4).
std::optional<uint32_t> ssrc_of(wire::ByteView datagram, wire::Protocol protocol) {
  const std::size_t at = protocol == wire::Protocol::srtp ? 8 : 4;
  if (protocol != wire::Protocol::srtp && protocol != wire::Protocol::srtcp) return std::nullopt;
  if (datagram.size() < at + 4) return std::nullopt;
  return wire::load_be32(datagram.data() + at);
}

struct Outgoing {
  Flow to;
  wire::ByteView datagram;
};

// Of a frame that this worker has made.
std::optional<Outgoing> parse_outgoing(const Port& port, wire::ByteView bytes) {
  const auto frame = wire::parse_ethernet(bytes);
  if (!frame) return std::nullopt;
  Outgoing out;
  wire::ByteView payload;
  const uint8_t* source = nullptr;
  if (frame->ether_type == wire::ether_type_ipv4) {
    const auto ip = wire::parse_ipv4(frame->payload);
    if (!ip || ip->protocol() != wire::ip_protocol_udp) return std::nullopt;
    out.to.family = 4;
    source = ip->data + 12;
    std::memcpy(out.to.remote_ip.data(), ip->data + 16, 4);
    payload = ip->payload;
  } else if (frame->ether_type == wire::ether_type_ipv6) {
    const auto ip = wire::parse_ipv6(frame->payload);
    if (!ip || ip->protocol != wire::ip_protocol_udp) return std::nullopt;
    out.to.family = 6;
    source = ip->data + 8;
    std::memcpy(out.to.remote_ip.data(), ip->data + 24, 16);
    payload = ip->payload;
  }
  const auto udp = source != nullptr ? wire::parse_udp(payload) : std::nullopt;
  if (!udp) return std::nullopt;
  out.to.remote_port = udp->destination_port();
  out.to.local_port = udp->source_port();
  out.to.port = port.index();
  out.to.local_address = static_cast<uint8_t>(port.attachment().local_index(out.to.family, source));
  out.datagram = udp->payload;
  return out;
}

}  // namespace

Mirror::Mirror(Core& core, CaptureBoard* board, uint32_t worker) : core_(core), board_(board) {
  if (board == nullptr) return;
  state_ = &board->file->worker(worker);
  ring_ = board->file->frames(worker);
  version_ = board->order.version();
}

void Mirror::take_order() {
  const uint32_t version = board_->order.version();
  shm::CaptureRequest order;
  if (!board_->order.read(order)) return;  // in the next loop
  version_ = version;
  order_ = order;
  running_ = false;
  mirrored_ = 0;
  asked_ = 0;
  asking_ = {};
  if (!order.names_something()) return;
  for (auto& lost : state_->lost) lost.store(0, std::memory_order_relaxed);
  state_->number.store(order.number, std::memory_order_release);
}

// Slots go by their generation: whoever has it next is somebody else. What moves to another worker
// is shown by that one from then on.
void Mirror::look_around() {
  began_ticks_ = StageClock::ticks();
  running_ = false;
  at_home_ = false;
  if (core_.now >= order_.deadline || mirrored_ >= order_.budget) {
    order_ = {};
    return;
  }
  if (order_.endpoint) {
    running_ = order_.endpoint.slot < core_.endpoints.size() && core_.at_home(order_.endpoint);
    return;
  }
  const uint32_t slot = order_.track.slot;
  if (slot >= core_.tracks.size()) return;
  at_home_ = core_.tracks[slot].generation == order_.track.generation;
  running_ = at_home_ || core_.fan_out.track(slot).generation == order_.track.generation;
}

void Mirror::received(const Classified& burst) {
  const std::pair<const PacketBatch*, wire::Protocol> lists[] = {
      {&burst.stun, wire::Protocol::stun},
      {&burst.dtls, wire::Protocol::dtls},
      {&burst.srtp, wire::Protocol::srtp},
      {&burst.srtcp, wire::Protocol::srtcp}};
  for (const auto& [list, protocol] : lists) {
    for (const Packet& p : *list) {
      if (!wants_received(p, protocol)) continue;
      if (store(p.mbuf, p.flow.port, false, 0)) {
        ring_.commit();
        ++mirrored_;
      } else {
        lose(p.flow.port);
      }
    }
  }
}

bool Mirror::wants_received(const Packet& p, wire::Protocol protocol) {
  if (mirrored_ >= order_.budget) return false;
  return order_.endpoint ? is_of_endpoint(p, protocol) : is_of_track(p, protocol);
}

// By its address, or a check that names it: then what answers the check goes to that address too,
// unless it is somebody else's.
bool Mirror::is_of_endpoint(const Packet& p, wire::Protocol protocol) {
  const uint32_t slot = order_.endpoint.slot;
  const uint32_t* owner = core_.flows.find(p.flow);
  if (owner != nullptr && *owner == slot) return true;
  if (protocol != wire::Protocol::stun) return false;
  const auto stun = wire::parse_stun({p.data, p.length});
  const auto username = stun ? wire::parse_ice_username(stun->username()) : std::nullopt;
  if (!username || find_by_ufrag(core_, username->receiver_ufrag, nullptr) != slot) return false;
  if (owner == nullptr) asking_[asked_++ % asking_.size()] = p.flow;
  return true;
}

bool Mirror::is_of_track(const Packet& p, wire::Protocol protocol) const {
  if (!at_home_) return false;
  const TrackContext& track = core_.tracks[order_.track.slot];
  const uint32_t* owner = core_.flows.find(p.flow);
  if (owner == nullptr || *owner != track.endpoint) return false;
  const auto ssrc = ssrc_of({p.data, p.length}, protocol);
  if (!ssrc) return false;
  if (const uint32_t* source = core_.ssrcs.find(ssrc_key(*owner, *ssrc)))
    return core_.sources[*source].track == order_.track.slot;
  // Its first packet says by itself which track it is of.
  const uint32_t publisher = core_.endpoints[*owner].publisher;
  const auto rtp = protocol == wire::Protocol::srtp && publisher != no_slot
                       ? wire::parse_rtp_header({p.data, p.length})
                       : std::nullopt;
  return rtp && find_binding(core_, core_.publishers[publisher], *rtp).track == order_.track.slot;
}

void Mirror::offer(uint8_t port, std::span<rte_mbuf* const> frames) {
  offered_port_ = port;
  offered_count_ = 0;
  uint64_t stored = 0;
  for (std::size_t i = 0; i < std::min(frames.size(), burst_max); ++i) {
    if (mirrored_ + stored >= order_.budget) return;
    const auto out = parse_outgoing(*core_.node.ports[port], bytes_of(frames[i]));
    if (!out || !wants_sent(out->to, out->datagram)) continue;
    const bool fits = store(frames[i], port, true, stored);
    stored += fits ? 1 : 0;
    offered_[offered_count_++] = {i, fits};
  }
}

// What the port did not take comes again with a later burst, or is dropped.
void Mirror::taken(std::size_t count) {
  uint64_t stored = 0;
  for (std::size_t i = 0; i < offered_count_ && offered_[i].index < count; ++i) {
    if (offered_[i].stored) {
      ++stored;
    } else {
      lose(offered_port_);
    }
  }
  if (stored != 0) ring_.commit(stored);
  mirrored_ += stored;
}

bool Mirror::wants_sent(const Flow& to, wire::ByteView datagram) const {
  if (order_.endpoint) {
    const uint32_t slot = order_.endpoint.slot;
    for (uint32_t f = core_.endpoints[slot].flows; f != no_slot; f = core_.flows[f].next) {
      if (core_.flows[f].endpoint == slot && core_.flows[f].flow == to) return true;
    }
    const bool asks = std::ranges::find(asking_, to) != asking_.end();
    return asks && core_.flows.find(to) == nullptr;
  }
  // Of all streams of a node each has an SSRC of its own.
  const auto ssrc = ssrc_of(datagram, wire::demux(datagram));
  const uint32_t stream = ssrc ? core_.stream_of(*ssrc) : uint32_t{no_slot};
  if (stream == no_slot) return false;
  const uint32_t subscription = core_.streams[stream].subscription;
  return subscription != no_slot && core_.subscriptions[subscription].generation != 0 &&
         core_.subscriptions[subscription].track == order_.track.slot;
}

// Behind the ring's end and `ahead` others, for commit(). False: there is no room.
bool Mirror::store(const rte_mbuf* m, uint8_t port, bool outbound, uint64_t ahead) {
  shm::CapturedFrame* frame = ring_.place(ahead);
  if (frame == nullptr) return false;
  const wire::ByteView bytes = bytes_of(m);
  const std::size_t captured = std::min<std::size_t>(bytes.size(), order_.snaplen);
  frame->number = order_.number;
  frame->at = wall_clock();
  frame->length = m->pkt_len;
  frame->captured = static_cast<uint16_t>(captured);
  frame->port = port;
  frame->outbound = outbound ? 1 : 0;
  std::memcpy(frame->bytes.data(), bytes.data(), captured);
  return true;
}

void Mirror::lose(uint8_t port) {
  bump(state_->lost[port % shm::ports_max]);
}

// The loop's clock and what has passed since.
UnixNs Mirror::wall_clock() const {
  const uint64_t ticks = StageClock::ticks() - began_ticks_;
  return core_.unix_now + static_cast<UnixNs>(ticks * ns_per_s / rte_get_tsc_hz());
}

}  // namespace sluice::dataplane
