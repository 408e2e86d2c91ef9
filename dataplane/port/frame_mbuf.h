// A frame written by port/frame.h as an mbuf.
#pragma once

#include <rte_mbuf.h>

#include "dataplane/port/frame.h"

namespace sluice::dataplane {

static_assert(RTE_PKTMBUF_HEADROOM >= frame_headroom);

// Of the UDP payload, from the mbuf, in the pools of mbuf_pools.h: nothing of it needs to be read.
inline constexpr std::size_t payload_offset = sizeof(rte_mbuf) + RTE_PKTMBUF_HEADROOM;

// Where the UDP payload of an outgoing mbuf belongs: 64-byte aligned, headers grow down from it.
inline uint8_t* payload_of(rte_mbuf* m) {
  return static_cast<uint8_t*>(m->buf_addr) + RTE_PKTMBUF_HEADROOM;
}
// UDP payload an mbuf can hold.
inline uint16_t payload_room(const rte_mbuf* m) {
  return static_cast<uint16_t>(m->buf_len - RTE_PKTMBUF_HEADROOM);
}

// Makes the mbuf, which may come raw from its pool, span headers and payload. header_length: what
// write_frame4/6 returned.
inline void set_frame(rte_mbuf* m, uint16_t header_length, uint16_t payload_length) {
  m->ol_flags = 0;
  m->data_off = static_cast<uint16_t>(RTE_PKTMBUF_HEADROOM - header_length);
  m->data_len = static_cast<uint16_t>(header_length + payload_length);
  m->pkt_len = m->data_len;
}

// Once per frame, when its payload is final. Nothing is left to do over IPv4 on a port that does
// not sum.
inline void finish_frame(rte_mbuf* m, const FrameTemplate& t, uint16_t payload_length) {
  if (t.udp_sum == UdpSum::none) return;
  write_udp_sum(t, payload_of(m), payload_length);
  if (t.udp_sum != UdpSum::port) return;
  const bool v4 = t.family == 4;
  const std::size_t ip_length = v4 ? wire::ipv4_header_length : wire::ipv6_header_length;
  m->tx_offload = rte_mbuf_tx_offload(t.header_length - ip_length - wire::udp_header_length,
                                      ip_length, 0, 0, 0, 0, 0);
  m->ol_flags |= (v4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6) | RTE_MBUF_F_TX_UDP_CKSUM;
}

}  // namespace sluice::dataplane
