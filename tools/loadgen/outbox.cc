#include "tools/loadgen/outbox.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "common/wire/ipv4.h"
#include "common/wire/udp.h"

namespace sluice::loadgen {
namespace {

constexpr std::size_t headers_length =
    wire::ethernet_header_length + wire::ipv4_header_length + wire::udp_header_length;
static_assert(headers_length <= RTE_PKTMBUF_HEADROOM);
static_assert(Outbox::payload_max <= RTE_MBUF_DEFAULT_DATAROOM);

constexpr int tries_max = 1'000;

uint8_t* payload_of(rte_mbuf* m) {
  return static_cast<uint8_t*>(m->buf_addr) + RTE_PKTMBUF_HEADROOM;
}

void set_length(rte_mbuf* m, std::size_t headers, std::size_t payload) {
  m->data_off = static_cast<uint16_t>(RTE_PKTMBUF_HEADROOM - headers);
  m->data_len = static_cast<uint16_t>(headers + payload);
  m->pkt_len = m->data_len;
}

}  // namespace

Outbox::~Outbox() {
  for (uint16_t i = 0; i < count_; ++i) rte_pktmbuf_free(kept_[i]);
}

Outbox::Draft Outbox::draft() {
  rte_mbuf* m = rte_pktmbuf_alloc(port_.pool());
  if (m == nullptr) {
    ++dropped_;
    return {};
  }
  return {m, payload_of(m)};
}

void Outbox::send(const Draft& draft, std::size_t length, const Route& route) {
  uint8_t* at = draft.payload - headers_length;
  wire::ByteSpan out(at, headers_length);
  std::size_t n = wire::write_ethernet(out, route.next_hop, port_.mac(), 0, wire::ether_type_ipv4);
  n += wire::write_ipv4(out.subspan(n), {.source = route.local.ip, .destination = route.remote.ip},
                        wire::udp_header_length + length);
  // RFC 768: no checksum; SRTP, DTLS and STUN bring their own.
  wire::write_udp(out.subspan(n), route.local.port, route.remote.port, length);
  set_length(draft.mbuf, headers_length, length);
  keep(draft.mbuf);
}

void Outbox::send(wire::ByteView datagram, const Route& route) {
  if (datagram.empty() || datagram.size() > payload_max) return;
  const Draft d = draft();
  if (d.mbuf == nullptr) return;
  std::memcpy(d.payload, datagram.data(), datagram.size());
  send(d, datagram.size(), route);
}

void Outbox::send_frame(wire::ByteView frame) {
  const Draft d = draft();
  if (d.mbuf == nullptr) return;
  std::memcpy(d.payload, frame.data(), std::min(frame.size(), payload_max));
  set_length(d.mbuf, 0, std::min(frame.size(), payload_max));
  keep(d.mbuf);
}

void Outbox::keep(rte_mbuf* m) {
  kept_[count_++] = m;
  if (count_ == kept_.size()) flush();
}

void Outbox::flush() {
  uint16_t done = 0;
  for (int tries = 0; done < count_ && tries < tries_max; ++tries) {
    const uint16_t end = static_cast<uint16_t>(
        done + port_.transmit(kept_.data() + done, static_cast<uint16_t>(count_ - done)));
    for (; done < end; ++done) ++packets_;
  }
  for (; done < count_; ++done) {
    rte_pktmbuf_free(kept_[done]);
    ++dropped_;
  }
  count_ = 0;
}

}  // namespace sluice::loadgen
