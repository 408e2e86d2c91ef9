#include <array>

#include "common/base/assert.h"
#include "common/wire/arp.h"
#include "common/wire/demux.h"
#include "common/wire/ethernet.h"
#include "common/wire/icmp.h"
#include "common/wire/icmpv6.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "tests/fuzz/sink.h"
#include "tests/fuzz/touch.h"

namespace sluice::fuzz {
namespace {

using namespace wire;

void touch_path_mtu(const std::optional<PathMtu>& mtu) {
  if (!mtu) return;
  sink(mtu->source.ip);
  sink(mtu->destination.ip);
  sink(uint64_t{mtu->mtu});
}

void touch_udp(ByteView payload) {
  const auto udp = parse_udp(payload);
  if (!udp) return;
  sink(uint64_t{udp->source_port()} + udp->destination_port() + udp->checksum());
  sink(udp->payload);
  sink(static_cast<uint64_t>(demux(udp->payload)));
}

void touch_arp(ByteView payload) {
  const auto arp = parse_arp(payload);
  if (!arp) return;
  std::array<uint8_t, arp_length> out;
  SLUICE_ASSERT(write_arp(out, *arp) == arp_length);
  SLUICE_ASSERT(std::memcmp(out.data(), payload.data(), arp_length) == 0);
}

void touch_icmp(ByteView payload) {
  const auto icmp = parse_icmp(payload);
  if (!icmp) return;
  sink(icmp->body());
  sink(uint64_t{icmp->is_echo_request()});
  touch_path_mtu(parse_fragmentation_needed(*icmp));
  std::array<uint8_t, 2048> out;
  const std::size_t n = write_echo_reply(out, *icmp);
  if (n != 0) SLUICE_ASSERT(parse_icmp(ByteView(out).first(n)));
}

void touch_icmpv6(const Ipv6View& ip) {
  const auto icmp = parse_icmpv6(ip);
  if (!icmp) return;
  sink(icmp->body());
  touch_path_mtu(parse_packet_too_big(*icmp));
  const auto neighbor = parse_neighbor(ip, *icmp);
  if (!neighbor) return;
  sink(neighbor->target);
  std::array<uint8_t, ndp_length_max> out;
  SLUICE_ASSERT(write_neighbor(out, ip.source(), ip.destination(), *neighbor) >= 24);
}

}  // namespace

void touch_ethernet(ByteView bytes) {
  const auto frame = parse_ethernet(bytes);
  if (!frame) return;
  sink(ByteView(frame->source().bytes));
  sink(ByteView(frame->destination().bytes));
  sink(frame->payload);
  touch_arp(frame->payload);
  if (const auto ip = parse_ipv4(frame->payload)) {
    sink(ip->source());
    sink(ip->destination());
    sink(uint64_t{ip->dscp()} + ip->ttl() + ip->protocol() + ip->is_fragment() + ip->checksum_ok());
    sink(ip->payload);
    touch_icmp(ip->payload);
    touch_udp(ip->payload);
  }
  if (const auto ip = parse_ipv6(frame->payload)) {
    sink(ip->source());
    sink(ip->destination());
    sink(uint64_t{ip->traffic_class()} + ip->hop_limit() + ip->protocol + ip->is_fragment);
    sink(ip->payload);
    touch_icmpv6(*ip);
    touch_udp(ip->payload);
  }
}

}  // namespace sluice::fuzz
