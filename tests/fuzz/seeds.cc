#include "tests/fuzz/seeds.h"

#include "common/wire/arp.h"
#include "common/wire/checksum.h"
#include "common/wire/ethernet.h"
#include "common/wire/icmpv6.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "tests/unit/wire/hex.h"
#include "tests/unit/wire/samples.h"

namespace sluice::fuzz {
namespace {

using namespace wire;
using Bytes = std::vector<uint8_t>;

constexpr MacAddress anybody{{2, 0, 0, 0, 0, 0x0a}};
constexpr MacAddress everybody{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
constexpr uint16_t node_port = 40'000;
const IpAddress node4 = *parse_ip("10.0.0.1"), other4 = *parse_ip("10.0.0.9");
const IpAddress node6 = *parse_ip("fd00::1"), other6 = *parse_ip("fd00::9");

template <class F>
Bytes written(F&& write) {
  Bytes out(1'500);
  out.resize(write(ByteSpan(out)));
  return out;
}
Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes frame(uint16_t ether_type, const Bytes& payload, uint16_t vlan = 0) {
  return written([&](ByteSpan out) {
           return write_ethernet(out, everybody, anybody, vlan, ether_type);
         }) +
         payload;
}
Bytes udp(const Bytes& payload) {
  return written([&](ByteSpan out) { return write_udp(out, 5'000, node_port, payload.size()); }) +
         payload;
}
Bytes ipv4(uint8_t protocol, const Bytes& payload) {
  return written([&](ByteSpan out) {
           return write_ipv4(out, {.source = other4, .destination = node4, .protocol = protocol},
                             payload.size());
         }) +
         payload;
}
// A packet that the node might have sent, as ICMP quotes it.
Bytes quoted(bool is_v4) {
  return written([&](ByteSpan out) {
    std::size_t n = is_v4 ? write_ipv4(out, {.source = node4, .destination = other4}, 8)
                          : write_ipv6(out, {.source = node6, .destination = other6}, 8);
    n += write_udp(out.subspan(n), node_port, 5'000, 0);
    return n;
  });
}
Bytes ipv6(uint8_t protocol, const Bytes& payload, uint8_t hop_limit = 64) {
  return written([&](ByteSpan out) {
           return write_ipv6(out,
                             {.source = other6,
                              .destination = node6,
                              .protocol = protocol,
                              .hop_limit = hop_limit},
                             payload.size());
         }) +
         payload;
}
Bytes icmp(Bytes message) {
  store_be16(message.data() + 2, internet_checksum(message));
  return frame(ether_type_ipv4, ipv4(ip_protocol_icmp, message));
}
Bytes icmpv6(Bytes message) {
  InternetSum s;
  s.add_pseudo_header(other6, node6, ip_protocol_icmpv6, static_cast<uint32_t>(message.size()));
  s.add(message);
  store_be16(message.data() + 2, s.checksum());
  return frame(ether_type_ipv6, ipv6(ip_protocol_icmpv6, message));
}

void add_link(std::vector<Seed>& all) {
  const auto add = [&](const char* name, Bytes b) {
    all.push_back({Traffic::link, Guise::frame, name, std::move(b)});
  };
  for (const auto operation : {ArpOperation::request, ArpOperation::reply}) {
    const bool ask = operation == ArpOperation::request;
    add(ask ? "arp_request" : "arp_reply",
        frame(ether_type_arp, written([&](ByteSpan out) {
                return write_arp(out, {operation, anybody, other4, everybody, node4});
              })));
  }
  add("echo", icmp(from_hex("0800000000010002 61626364")));
  add("fragmentation_needed", icmp(from_hex("03040000000004b0") + quoted(true)));
  add("echo6", icmpv6(from_hex("8000000000010002 61626364")));
  add("packet_too_big", icmpv6(from_hex("0200000000000500") + quoted(false)));
  for (const bool advertisement : {false, true}) {
    Neighbor n{.is_advertisement = advertisement, .has_mac = true, .target = node6, .mac = anybody};
    n.solicited = n.override = advertisement;
    if (advertisement) n.target = other6;
    add(advertisement ? "neighbor_advertisement" : "neighbor_solicitation",
        frame(ether_type_ipv6, ipv6(ip_protocol_icmpv6, written([&](ByteSpan out) {
                                      return write_neighbor(out, other6, node6, n);
                                    }),
                                    ndp_hop_limit)));
  }
}

void add_fragments(std::vector<Seed>& all) {
  const auto add = [&](const char* name, Bytes b) {
    all.push_back({Traffic::fragment, Guise::frame, name, std::move(b)});
  };
  const Bytes payload = udp(Bytes(64, 0x80));
  for (const uint16_t offset : std::array<uint16_t, 3>{0x2000, 0x0008, 0x2008}) {
    Bytes packet = ipv4(ip_protocol_udp, payload);
    store_be16(packet.data() + 6, offset);
    add(offset == 0x2000 ? "first4"
        : offset == 8    ? "last4"
                         : "middle4",
        frame(ether_type_ipv4, packet));
  }
  add("first6",
      frame(ether_type_ipv6, ipv6(ipv6_fragment, from_hex("1100000100000001") + payload)));
  add("last6", frame(ether_type_ipv6, ipv6(ipv6_fragment, from_hex("1100004000000001") + payload)));
  add("options6",
      frame(ether_type_ipv6,
            ipv6(ipv6_hop_by_hop, from_hex("3c00010400000000 1100010400000000") + payload)));
}

void add_udp(std::vector<Seed>& all) {
  const auto add = [&](Guise guise, const char* name, Bytes b) {
    all.push_back({Traffic::udp, guise, name, std::move(b)});
  };
  for (const uint8_t first : std::array<uint8_t, 6>{0x00, 0x10, 0x14, 0x40, 0x80, 0xff})
    add(Guise::stranger, "first_byte", Bytes(40, first));
  add(Guise::mallory, "empty", {});
  add(Guise::alice, "one_byte", {0x80});
  add(Guise::bob, "long", Bytes(1'400, 0xc0));
  add(Guise::frame, "vlan", frame(ether_type_ipv4, ipv4(ip_protocol_udp, udp(Bytes(20, 0x80))), 7));
  add(Guise::frame, "udp6", frame(ether_type_ipv6, ipv6(ip_protocol_udp, udp(Bytes(20, 0x80)))));
  Bytes lie = frame(ether_type_ipv4, ipv4(ip_protocol_udp, udp(Bytes(20, 0x80))));
  store_be16(lie.data() + 14 + 20 + 4, 0xffff);
  add(Guise::frame, "udp_length", lie);
}

// The guest's own: accepted once they are decrypted.
void add_guest(std::vector<Seed>& all) {
  const auto add = [&](Traffic t, Guise guise, const char* name, Bytes b) {
    all.push_back({t, guise, name, std::move(b)});
  };
  const Bytes vp8 = from_hex("9080 8001 10 00009d012a80026801") + Bytes(40, 7);
  // With a one-byte extension: id 4, the mid "1".
  add(Traffic::rtp, Guise::guest_srtp, "guest_video",
      from_hex("90600001 00000000 00000bad bede0001 40310000") + vp8);
  add(Traffic::rtp, Guise::guest_srtp, "guest_padding",
      from_hex("b0600002 00000000 00000bad "
               "bede0001 40310000 00000004"));
  add(Traffic::rtp, Guise::guest_srtp, "guest_rtx",
      from_hex("80610003 00000000 00000bae 0001") + vp8);
  add(Traffic::stun, Guise::guest_check, "guest_nominates",
      from_hex("0024 04 00000001 802a 08 0000000000000007 0025 00"));
  add(Traffic::stun, Guise::guest_check, "guest_controlled",
      from_hex("0024 04 00000001 8029 08 0000000000000007"));
  add(Traffic::stun, Guise::guest_check, "guest_unknown", from_hex("7fff 02 0001 0000 00"));
}

}  // namespace

std::vector<Seed> seeds() {
  std::vector<Seed> all;
  add_link(all);
  add_fragments(all);
  add_udp(all);
  add_guest(all);
  for (const WireSample& s : wire_samples()) {
    const auto add = [&](Traffic t, Guise guise) { all.push_back({t, guise, s.name, s.bytes}); };
    if (s.format == "stun") {
      for (const Guise g : {Guise::stranger, Guise::bob}) add(Traffic::stun, g);
    } else if (s.format == "dtls") {
      for (const Guise g : {Guise::stranger, Guise::bob, Guise::mallory}) add(Traffic::dtls, g);
    } else if (s.format == "rtp") {
      for (const Guise g : {Guise::stranger, Guise::alice, Guise::guest_srtp}) add(Traffic::rtp, g);
    } else if (s.format == "rtcp") {
      for (const Guise g : {Guise::bob, Guise::guest_srtcp}) add(Traffic::rtcp, g);
    }
  }
  return all;
}

std::vector<uint8_t> input_of(const Seed& seed) {
  std::vector<uint8_t> out(3);
  out[0] = static_cast<uint8_t>(seed.guise);
  store_be16(out.data() + 1, static_cast<uint16_t>(seed.bytes.size()));
  return out + seed.bytes;
}

}  // namespace sluice::fuzz
