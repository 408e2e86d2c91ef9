#include "dataplane/classify.h"

#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include <cstring>

#include "common/wire/demux.h"
#include "common/wire/icmpv6.h"
#include "common/wire/udp.h"
#include "dataplane/neighbours.h"
#include "dataplane/port/handover.h"
#include "dataplane/port/port.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr uint8_t ip_protocol_tcp = 6;

uint8_t* data_of(const rte_mbuf* m) {
  return rte_pktmbuf_mtod(m, uint8_t*);
}

// A source that nobody may answer: unspecified, a group, or one of our own.
bool is_bad_source(const Attachment& at, uint8_t family, const uint8_t* ip) {
  if (family == 4) return ip[0] == 0 || ip[0] >= 224 || at.local_index(4, ip) != no_local_address;
  static constexpr uint8_t unspecified[16] = {};
  return ip[0] == 0xff || std::memcmp(ip, unspecified, sizeof unspecified) == 0 ||
         at.local_index(6, ip) != no_local_address;
}

}  // namespace

Classifier::Classifier(std::span<Port* const> ports, const Handover& handover,
                       Neighbours& neighbours, uint32_t worker, shm::Counters& counters)
    : ports_(ports),
      handover_(handover),
      neighbours_(neighbours),
      worker_(worker),
      counters_(counters) {}

void Classifier::classify(RxBatch& in, TimeNs now, Classified& out) {
  constexpr std::size_t ahead = 4;
  for (std::size_t i = 0; i < in.count && i < ahead; ++i) rte_prefetch0(data_of(in.frames[i]));
  std::array<rte_mbuf*, burst_max> done;
  unsigned done_count = 0;
  for (std::size_t i = 0; i < in.count; ++i) {
    if (i + ahead < in.count) rte_prefetch0(data_of(in.frames[i + ahead]));
    passed_ = in.was_passed(i);
    if (classify_frame(in.frames[i], now, out) == Fate::done) done[done_count++] = in.frames[i];
  }
  if (done_count != 0) rte_pktmbuf_free_bulk(done.data(), done_count);
  in.count = 0;
}

Classifier::Fate Classifier::count(Counter c) {
  counters_[c]++;
  return Fate::done;
}

Classifier::Fate Classifier::pass_home(uint32_t home, rte_mbuf* m) {
  if (!handover_.push(worker_, home, m)) return count(Counter::drop_handover_full);
  counters_[Counter::handover_out]++;
  return Fate::kept;
}

Classifier::Fate Classifier::classify_frame(rte_mbuf* m, TimeNs now, Classified& out) {
  Port& port = *ports_[m->port];
  const auto frame = wire::parse_ethernet({data_of(m), m->data_len});
  if (!frame) return count(Counter::drop_malformed_ethernet);
  const Attachment& at = port.attachment();
  if (frame->vlan_id != at.vlan || frame->vlan_tags > 1) return count(Counter::not_ours);
  const wire::MacAddress to = frame->destination();
  if (to != at.mac && !to.is_multicast()) return count(Counter::not_ours);
  switch (frame->ether_type) {
    case wire::ether_type_ipv4:
      return classify_ipv4(port, *frame, m, out);
    case wire::ether_type_ipv6:
      return classify_ipv6(port, *frame, m, now, out);
    case wire::ether_type_arp:
      if (worker_ != 0) return pass_home(0, m);
      neighbours_.on_arp(port, *frame, now);
      return Fate::done;
    default:
      return count(Counter::not_ours);
  }
}

// On an interface shared with the kernel, frames of other protocols and ports may be longer than
// what was captured of them (segmentation offload): whose a frame is comes before whether its
// lengths agree.
Classifier::Fate Classifier::classify_ipv4(Port& port, const wire::EthernetView& frame, rte_mbuf* m,
                                           Classified& out) {
  const Attachment& at = port.attachment();
  const wire::ByteView bytes = frame.payload;
  if (bytes.size() < wire::ipv4_header_length) return count(Counter::drop_malformed_ip);
  const wire::Ipv4View header{.data = bytes.data(), .payload = {}};
  const int local = at.local_index(4, bytes.data() + 16);
  if (local == no_local_address) return count(Counter::not_ours);
  const bool udp = header.protocol() == wire::ip_protocol_udp;
  if (!udp && header.protocol() != wire::ip_protocol_icmp) return count(Counter::not_ours);
  if (header.is_fragment()) {
    return count(at.shared_with_kernel ? Counter::not_ours : Counter::drop_malformed_ip);
  }
  const std::size_t header_length = (bytes[0] & 0x0fu) * 4u;
  if (udp && !is_our_udp_port(port, bytes, header_length)) return count(Counter::not_ours);

  const auto ip = wire::parse_ipv4(bytes);
  const uint64_t checksum = m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
  if (!ip || m->nb_segs != 1 || checksum == RTE_MBUF_F_RX_IP_CKSUM_BAD ||
      is_bad_source(at, 4, bytes.data() + 12)) {
    return count(Counter::drop_malformed_ip);
  }
  if (!udp) return classify_icmp(port, frame, *ip, m, out);
  Packet p;
  p.mbuf = m;
  p.flow.family = 4;
  p.flow.local_address = static_cast<uint8_t>(local);
  std::memcpy(p.flow.remote_ip.data(), bytes.data() + 12, 4);
  return classify_udp(port, p, ip->payload, out);
}

Classifier::Fate Classifier::classify_ipv6(Port& port, const wire::EthernetView& frame, rte_mbuf* m,
                                           TimeNs now, Classified& out) {
  const Attachment& at = port.attachment();
  const wire::ByteView bytes = frame.payload;
  if (bytes.size() < wire::ipv6_header_length) return count(Counter::drop_malformed_ip);
  const int local = at.local_index(6, bytes.data() + 24);
  const bool group = bytes[24] == 0xff;  // neighbour discovery comes to groups
  if (local == no_local_address && !group) return count(Counter::not_ours);
  const uint8_t next = bytes[6];
  if (next == ip_protocol_tcp) return count(Counter::not_ours);
  if (next == wire::ip_protocol_udp && !is_our_udp_port(port, bytes, wire::ipv6_header_length)) {
    return count(Counter::not_ours);
  }

  const auto ip = wire::parse_ipv6(bytes);
  if (!ip || ip->is_fragment) {
    return count(at.shared_with_kernel ? Counter::not_ours : Counter::drop_malformed_ip);
  }
  if (ip->protocol == wire::ip_protocol_icmpv6)
    return classify_icmpv6(port, frame, *ip, m, now, out);
  if (ip->protocol != wire::ip_protocol_udp || local == no_local_address)
    return count(Counter::not_ours);
  if (m->nb_segs != 1 || is_bad_source(at, 6, bytes.data() + 8))
    return count(Counter::drop_malformed_ip);
  Packet p;
  p.mbuf = m;
  p.flow.family = 6;
  p.flow.local_address = static_cast<uint8_t>(local);
  std::memcpy(p.flow.remote_ip.data(), bytes.data() + 8, 16);
  return classify_udp(port, p, ip->payload, out);
}

// Too short to have a port: ours to count as malformed.
bool Classifier::is_our_udp_port(const Port& port, wire::ByteView ip,
                                 std::size_t header_length) const {
  if (ip.size() < header_length + 4) return true;
  const uint16_t to = wire::load_be16(ip.data() + header_length + 2);
  return static_cast<uint16_t>(to - port.udp_port_base()) < port.workers();
}

Classifier::Fate Classifier::classify_udp(Port& port, Packet& p, wire::ByteView ip_payload,
                                          Classified& out) {
  const auto udp = wire::parse_udp(ip_payload);
  if (!udp || udp->source_port() == 0) return count(Counter::drop_malformed_udp);
  const auto home = static_cast<uint16_t>(udp->destination_port() - port.udp_port_base());
  if (home >= port.workers()) return count(Counter::not_ours);  // behind extension headers
  if (!is_at_home(home)) return pass_home(home, p.mbuf);
  p.data = data_of(p.mbuf) + (udp->payload.data() - data_of(p.mbuf));
  p.length = static_cast<uint16_t>(udp->payload.size());
  p.flow.remote_port = udp->source_port();
  p.flow.local_port = udp->destination_port();
  p.flow.port = port.index();
  switch (wire::demux(udp->payload)) {
    case wire::Protocol::stun:
      out.stun.push(p);
      break;
    case wire::Protocol::dtls:
      out.dtls.push(p);
      break;
    case wire::Protocol::srtp:
      out.srtp.push(p);
      break;
    case wire::Protocol::srtcp:
      out.srtcp.push(p);
      break;
    default:
      return count(Counter::drop_unknown_protocol);
  }
  return Fate::kept;
}

Classifier::Fate Classifier::classify_icmp(Port& port, const wire::EthernetView& frame,
                                           const wire::Ipv4View& ip, rte_mbuf* m, Classified& out) {
  const bool shared = port.attachment().shared_with_kernel;
  const auto icmp = wire::parse_icmp(ip.payload);
  if (!icmp) return count(shared ? Counter::not_ours : Counter::drop_malformed_ip);
  if (const auto report = wire::parse_fragmentation_needed(*icmp))
    return on_path_mtu(port, *report, m, out);
  if (shared) return count(Counter::not_ours);
  if (!icmp->is_echo_request()) return count(Counter::icmp_answered);
  neighbours_.on_echo(port, frame, ip, *icmp);
  return Fate::done;
}

Classifier::Fate Classifier::classify_icmpv6(Port& port, const wire::EthernetView& frame,
                                             const wire::Ipv6View& ip, rte_mbuf* m, TimeNs now,
                                             Classified& out) {
  const bool shared = port.attachment().shared_with_kernel;
  const auto icmp = m->nb_segs == 1 ? wire::parse_icmpv6(ip) : std::nullopt;
  if (!icmp) return count(shared ? Counter::not_ours : Counter::drop_malformed_ip);
  switch (icmp->type()) {
    case wire::Icmpv6Type::neighbor_solicitation:
    case wire::Icmpv6Type::neighbor_advertisement:
      if (worker_ != 0) return pass_home(0, m);
      neighbours_.on_neighbor_discovery(port, ip, *icmp, now);
      return Fate::done;
    case wire::Icmpv6Type::packet_too_big:
      if (const auto report = wire::parse_packet_too_big(*icmp))
        return on_path_mtu(port, *report, m, out);
      break;
    case wire::Icmpv6Type::echo_request: {
      const IpAddress source = ip.source();
      const bool answerable =
          port.attachment().local_index(6, ip.destination().bytes.data()) != no_local_address &&
          !is_bad_source(port.attachment(), 6, source.bytes.data());
      if (shared || !answerable) return count(Counter::not_ours);
      neighbours_.on_echo(port, frame, ip, *icmp);
      return Fate::done;
    }
    default:
      break;
  }
  return count(shared ? Counter::not_ours : Counter::icmp_answered);
}

// The report belongs to the worker whose UDP port the quoted packet came from.
Classifier::Fate Classifier::on_path_mtu(Port& port, const wire::PathMtu& report, rte_mbuf* m,
                                         Classified& out) {
  const IpAddress& source = report.source.ip;
  const int local = port.attachment().local_index(source.family, source.bytes.data());
  const auto home = static_cast<uint16_t>(report.source.port - port.udp_port_base());
  if (local == no_local_address || home >= port.workers()) return count(Counter::not_ours);
  if (!is_at_home(home)) return pass_home(home, m);
  if (out.path_mtu_count < path_mtu_reports_max) {
    auto& r = out.path_mtu[out.path_mtu_count++];
    r.flow.remote_ip = report.destination.ip.bytes;
    r.flow.remote_port = report.destination.port;
    r.flow.local_port = report.source.port;
    r.flow.family = source.family;
    r.flow.port = port.index();
    r.flow.local_address = static_cast<uint8_t>(local);
    r.mtu = report.mtu;
  }
  return count(Counter::icmp_answered);
}

}  // namespace sluice::dataplane
