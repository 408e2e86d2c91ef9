#include "tests/golden/script.h"

#include <cstring>

#include "common/proto/stun_integrity.h"
#include "common/wire/arp.h"
#include "common/wire/icmpv6.h"
#include "common/wire/stun.h"
#include "tests/unit/dataplane/ring_port.h"

namespace sluice::golden {
namespace {

const IpAddress our_v4 = test::ip("192.0.2.1"), our_v6 = test::ip("2001:db8::1");
constexpr uint16_t udp_port = 40'000;

}  // namespace

void Script::gateways() {
  std::vector<uint8_t> arp(wire::arp_length);
  wire::write_arp(arp, {wire::ArpOperation::reply, test::peer_mac, test::ip("192.0.2.254"),
                        test::our_mac, our_v4});
  frame(
      test::ethernet_frame(test::our_mac, test::peer_mac, wire::ether_type_arp, arp, tables_.vlan));

  const IpAddress gateway = test::ip("2001:db8::fe");
  std::vector<uint8_t> packet(wire::ipv6_header_length + wire::ndp_length_max);
  const std::size_t length = wire::write_neighbor(
      wire::ByteSpan(packet).subspan(wire::ipv6_header_length), gateway, our_v6,
      {.is_advertisement = true,
       .router = true,
       .solicited = true,
       .override = true,
       .has_mac = true,
       .target = gateway,
       .mac = test::peer_mac});
  wire::write_ipv6(packet,
                   {.source = gateway,
                    .destination = our_v6,
                    .protocol = wire::ip_protocol_icmpv6,
                    .hop_limit = wire::ndp_hop_limit},
                   length);
  frame(test::ethernet_frame(test::our_mac, test::peer_mac, wire::ether_type_ipv6, packet,
                             tables_.vlan));
}

void Script::datagram(const SocketAddress& from, const std::vector<uint8_t>& payload) {
  const SocketAddress to{from.ip.is_v4() ? our_v4 : our_v6, udp_port, 0};
  frame(test::udp_frame(from, to, payload, tables_.vlan));
}

void Script::check(const std::string& endpoint, const std::string& password) {
  const EndpointCase& e = tables_.endpoint(endpoint);
  uint8_t buffer[256];
  wire::StunTransactionId id{};
  ++transaction_;
  std::memcpy(id.data(), &transaction_, sizeof transaction_);
  wire::StunWriter w(buffer, wire::StunType::binding_request, id);
  w.add_username(std::string(e.record.ufrag.view()) + ":peer");
  w.add_u32(wire::StunAttribute::priority, 1);
  w.add_u64(wire::StunAttribute::ice_controlling, 7);
  w.add(wire::StunAttribute::use_candidate, {});
  const std::size_t length = proto::finish_with_integrity(
      w, password.empty() ? e.keys.ice_pwd.view() : std::string_view(password));
  datagram(e.address, {buffer, buffer + length});
}

rig::SrtpPeer& Script::peer(const std::string& endpoint) {
  auto& peer = peers_[endpoint];
  const EndpointCase& e = tables_.endpoint(endpoint);
  if (!peer) peer = std::make_unique<rig::SrtpPeer>(e.keys.profile, e.keys.recv);
  return *peer;
}

void Script::rtp(const std::string& endpoint, const rig::PacketSpec& spec) {
  datagram(tables_.endpoint(endpoint).address, rig::make_protected(peer(endpoint), spec));
}

void Script::rtcp(const std::string& endpoint, wire::ByteView plain) {
  datagram(tables_.endpoint(endpoint).address, peer(endpoint).protect_rtcp(plain));
}

void Script::repeat(bool forged) {
  std::vector<uint8_t> bytes = frames_.back().bytes;
  if (forged) bytes.back() ^= 1;
  frame(std::move(bytes));
}

}  // namespace sluice::golden
