#include "tests/fuzz/intruder.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "common/proto/stun_integrity.h"
#include "common/wire/ethernet.h"
#include "common/wire/ipv4.h"
#include "common/wire/rtp.h"
#include "common/wire/stun.h"
#include "common/wire/udp.h"

namespace sluice::fuzz {
namespace {

constexpr std::size_t frame_max = 2'000;  // what a receive buffer of the rig takes
constexpr std::size_t headers = 14 + wire::ipv4_header_length + wire::udp_header_length;
constexpr wire::MacAddress gateway{{2, 0, 0, 0, 0, 0xfe}};

}  // namespace

Intruder::Intruder(rig::Call& call) : call_(call) {}

bool Intruder::send(Guise guise, wire::ByteView bytes) {
  // A stranger walks through ports and addresses.
  ++port_;
  SocketAddress stranger{*parse_ip("198.51.100.7"), static_cast<uint16_t>(port_ | 1), 0};
  stranger.ip.bytes[3] = static_cast<uint8_t>(port_ >> 3);
  switch (guise) {
    case Guise::frame:
      return bytes.size() <= frame_max && call_.rig().deliver(bytes);
    case Guise::stranger:
      return datagram(stranger, bytes);
    case Guise::alice:
      return datagram(call_.alice().address, bytes);
    case Guise::bob:
      return datagram(call_.bob().address, bytes);
    case Guise::mallory:
      return datagram(call_.mallory().address, bytes);
    case Guise::guest_srtp: {
      const auto rtp = wire::parse_rtp_header(bytes);
      if (!rtp || bytes.size() > 1'800) return false;
      const auto header = bytes.first(rtp->header_length);
      return datagram(call_.mallory().address,
                      call_.mallory_sends().protect(header, bytes.subspan(header.size()),
                                                    rtp->ssrc(), SrtpIndex(rtp->seq().value())));
    }
    case Guise::guest_srtcp:
      if (bytes.size() < 8 || bytes.size() > 1'800) return false;
      return datagram(call_.mallory().address, call_.mallory_sends().protect_rtcp(bytes));
    case Guise::guest_check:
      return check(bytes);
  }
  return false;
}

// The attributes: type, length in one byte, value.
bool Intruder::check(wire::ByteView attributes) {
  uint8_t buffer[1'024];
  wire::StunTransactionId id{};
  std::memcpy(id.data(), &port_, sizeof port_);
  wire::StunWriter w(buffer, wire::StunType::binding_request, id);
  w.add_username(call_.mallory().ufrag + ":peer");
  for (wire::Reader r(attributes); r.ok() && r.remaining() >= 3;) {
    const auto type = static_cast<wire::StunAttribute>(r.u16());
    const std::size_t length = r.u8();
    w.add(type, r.take(std::min(length, r.remaining())));
  }
  const std::size_t n = proto::finish_with_integrity(w, call_.mallory().pwd);
  SocketAddress from = call_.mallory().address;
  from.port = static_cast<uint16_t>(from.port + port_ % 8);
  return n != 0 && datagram(from, wire::ByteView(buffer).first(n));
}

bool Intruder::datagram(const SocketAddress& from, wire::ByteView bytes) {
  if (headers + bytes.size() > frame_max) return false;
  uint8_t frame[frame_max];
  const wire::ByteSpan out(frame);
  std::size_t n = wire::write_ethernet(out, call_.rig().mac(), gateway, 0, wire::ether_type_ipv4);
  n += wire::write_ipv4(out.subspan(n), {.source = from.ip, .destination = *parse_ip("10.0.0.1")},
                        wire::udp_header_length + bytes.size());
  n += wire::write_udp(out.subspan(n), from.port, 40'000, bytes.size());
  if (!bytes.empty()) std::memcpy(frame + n, bytes.data(), bytes.size());
  return call_.rig().deliver({frame, n + bytes.size()});
}

}  // namespace sluice::fuzz
