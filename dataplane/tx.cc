#include "dataplane/tx.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "dataplane/mirror.h"
#include "dataplane/port/frame_mbuf.h"
#include "dataplane/port/frame_supply.h"
#include "dataplane/port/hop_cache.h"
#include "dataplane/port/port.h"

namespace sluice::dataplane {

using shm::Counter;

Tx::Tx(std::span<Port* const> ports, uint32_t worker, FrameSupply& supply, shm::Counters& counters)
    : ports_(ports), worker_(worker), supply_(supply), counters_(counters), tails_(ports.size()) {}

Tx::~Tx() {
  for (Tail& t : tails_) {
    for (std::size_t i = t.head; i < t.end; ++i) rte_pktmbuf_free(t.frames[i]);
  }
}

// How many the port took.
inline uint16_t Tx::transmit(uint8_t port, rte_mbuf** frames, std::size_t count) {
  const auto due = static_cast<uint16_t>(count);
  if (mirror_ == nullptr) [[likely]]
    return ports_[port]->transmit(worker_, frames, due);
  // What it took is not ours to look at any more.
  mirror_->offer(port, {frames, count});
  const uint16_t taken = ports_[port]->transmit(worker_, frames, due);
  mirror_->taken(taken);
  return taken;
}

void Tx::send_media(uint8_t port, std::span<rte_mbuf*> frames, std::span<const uint16_t> lengths,
                    TimeNs now) {
  Tail& t = tails_[port];
  std::size_t taken = 0;
  if (t.count() == 0 && !frames.empty()) {
    taken = transmit(port, frames.data(), frames.size());
    uint64_t bytes = 0;
    for (std::size_t i = 0; i < taken; ++i) bytes += lengths[i];
    counters_[Counter::tx_packets] += taken;
    counters_[Counter::tx_bytes] += bytes;
    counters_[Counter::sent_media] += taken;
    if (taken != 0) t.stuck = false;
  }
  for (std::size_t i = taken; i < frames.size(); ++i) push(t, frames[i], lengths[i], true);
  if (t.count() != 0) flush_port(port, now);
}

bool Tx::push_control(uint8_t port, rte_mbuf* m) {
  return push(tails_[port], m, static_cast<uint16_t>(m->pkt_len), false);
}

bool Tx::push(Tail& t, rte_mbuf* m, uint16_t length, bool media) {
  if (t.end == tx_tail_max) make_room(t);
  if (t.end == tx_tail_max) {
    counters_[media ? Counter::egress_tx_full : Counter::tx_control_dropped]++;
    rte_pktmbuf_free(m);
    return false;
  }
  t.frames[t.end] = m;
  t.lengths[t.end] = length;
  t.media[t.end] = media;
  t.end++;
  if (media) counters_[Counter::in_flight]++;
  return true;
}

void Tx::make_room(Tail& t) {
  const std::size_t n = t.count();
  std::memmove(t.frames.data(), t.frames.data() + t.head, n * sizeof t.frames[0]);
  std::memmove(t.lengths.data(), t.lengths.data() + t.head, n * sizeof t.lengths[0]);
  std::memmove(t.media.data(), t.media.data() + t.head, n * sizeof t.media[0]);
  t.head = 0;
  t.end = n;
}

void Tx::count_sent(const Tail& t, std::size_t n) {
  uint64_t bytes = 0, media = 0;
  for (std::size_t i = t.head; i < t.head + n; ++i) {
    bytes += t.lengths[i];
    media += t.media[i];
  }
  counters_[Counter::tx_packets] += n;
  counters_[Counter::tx_bytes] += bytes;
  counters_[Counter::sent_media] += media;
  counters_[Counter::tx_control] += n - media;
  counters_[Counter::in_flight] -= media;
}

void Tx::drop(Tail& t) {
  uint64_t media = 0;
  for (std::size_t i = t.head; i < t.end; ++i) {
    media += t.media[i];
    rte_pktmbuf_free(t.frames[i]);
  }
  counters_[Counter::egress_tx_full] += media;
  counters_[Counter::tx_control_dropped] += t.count() - media;
  counters_[Counter::in_flight] -= media;
  t.head = t.end = 0;
  t.standing = false;
}

void Tx::flush_port(uint8_t port, TimeNs now) {
  Tail& t = tails_[port];
  bool progress = false;
  while (t.head < t.end) {
    const std::size_t due = std::min(t.count(), burst_max);
    const uint16_t taken = transmit(port, t.frames.data() + t.head, due);
    count_sent(t, taken);
    t.head += taken;
    progress |= taken != 0;
    if (taken < due) break;
  }
  if (progress) t.stuck = false;
  if (t.head == t.end) {
    t.head = t.end = 0;
    t.standing = false;
    return;
  }
  if (progress || !t.standing) t.since = now;
  t.standing = true;
  if (t.stuck || now - t.since >= tx_patience_ns) {
    t.stuck = !progress;
    drop(t);
  }
}

void Tx::flush(TimeNs now) {
  for (uint8_t p = 0; p < tails_.size(); ++p) {
    if (tails_[p].count() != 0) flush_port(p, now);
  }
}

bool Tx::send_datagram(HopCache& hops, const Flow& flow, wire::ByteView bytes, TimeNs now) {
  const FrameTemplate* t = hops.template_of(hops.lookup(flow, now));
  rte_mbuf* m = t != nullptr && bytes.size() <= t->payload_max ? supply_.take_one() : nullptr;
  if (m == nullptr || bytes.size() > payload_room(m)) {
    rte_pktmbuf_free(m);
    counters_[Counter::tx_control_dropped]++;
    return false;
  }
  const auto length = static_cast<uint16_t>(bytes.size());
  uint8_t* payload = payload_of(m);
  std::memcpy(payload, bytes.data(), length);
  const uint8_t* remote = flow.remote_ip.data();
  const uint16_t headers =
      t->family == 4 ? write_frame4(*t, payload, remote, flow.remote_port, length, MediaKind::none)
                     : write_frame6(*t, payload, remote, flow.remote_port, length, MediaKind::none);
  set_frame(m, headers, length);
  finish_frame(m, *t, length);
  return push_control(flow.port, m);
}

bool Tx::send_frame(uint8_t port, wire::ByteView frame) {
  rte_mbuf* m = supply_.take_one();
  char* at = m != nullptr ? rte_pktmbuf_append(m, static_cast<uint16_t>(frame.size())) : nullptr;
  if (at == nullptr) {
    rte_pktmbuf_free(m);
    counters_[Counter::tx_control_dropped]++;
    return false;
  }
  std::memcpy(at, frame.data(), frame.size());
  return push_control(port, m);
}

}  // namespace sluice::dataplane
