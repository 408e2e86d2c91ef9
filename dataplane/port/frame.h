// Headers of outgoing UDP datagrams, prebuilt per (port, local address, next hop) and completed per
// packet.
//
//   | 18: Ethernet, VLAN tag | 20: IPv4 or 40: IPv6 | 8: UDP | payload ...
//     right-aligned: untagged frames begin 4 bytes later     ^ 64-byte aligned, at mbuf headroom
//
// Headers are written backwards from the payload, so the payload lies where encryption wants it and
// the writers need no branch on the tag: an untagged frame leaves 4 bytes of garbage in front of
// itself, in the headroom.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "common/base/codec.h"
#include "common/wire/bytes.h"
#include "common/wire/ethernet.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "dataplane/port/attachment.h"

namespace sluice::dataplane {

inline constexpr std::size_t frame_link_length =
    wire::ethernet_header_length + wire::vlan_tag_length;
// What the writers touch in front of the payload, at most.
inline constexpr std::size_t frame_headroom =
    frame_link_length + wire::ipv6_header_length + wire::udp_header_length;

// 32 bits of ones' complement sum to 16 (RFC 1071 s2).
inline uint16_t fold_sum(uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>((sum & 0xffff) + (sum >> 16));
}

// How a UDP checksum comes to be once the payload is final.
enum class UdpSum : uint8_t {
  none,      // RFC 768: IPv4 may send 0
  software,  // RFC 8200 s8.1: IPv6 may not
  port,      // the port sums: it finds the pseudo header's sum in the field
};

struct alignas(64) FrameTemplate {
  // 18 link bytes, then IPv4: the header up to the source address, length and checksum zero (16
  // bytes); IPv6: the header up to the source address (24 bytes).
  std::array<uint8_t, frame_link_length + 24> head{};
  uint16_t source_port_be = 0;  // as it lies on the wire
  // Ones' complement sums, as words lie in memory: of the IPv4 header in `head`, and of the pseudo
  // header's constant part (source address, protocol).
  uint16_t header_sum = 0;
  uint16_t pseudo_sum = 0;
  uint16_t header_length = 0;  // of the frame up to the UDP payload; 0 = not a template
  uint16_t payload_max = 0;    // UDP payload that the MTU allows
  uint8_t family = 0;          // 4 or 6
  uint8_t port = 0;            // index of the data plane's port
  UdpSum udp_sum = UdpSum::none;
  // DSCP and two ECN bits (RFC 2474 s3), index: MediaKind; none: what the worker says itself.
  std::array<uint8_t, 3> traffic_class{};

  bool valid() const { return header_length != 0; }
};
static_assert(sizeof(FrameTemplate) == 64);

// address_index: of attachment.addresses; its family is the template's.
FrameTemplate make_frame_template(const Attachment& attachment, uint8_t port, int address_index,
                                  uint16_t local_udp_port, const wire::MacAddress& next_hop,
                                  bool udp_offload);

// Writes the headers before `payload`; the frame begins at payload - (returned length). The UDP
// checksum is left 0: finish_frame (port/frame_mbuf.h) once the payload is final. remote_ip: 4
// bytes. remote_port in host order. `kind` picks the marking.
uint16_t write_frame4(const FrameTemplate& t, uint8_t* payload, const uint8_t* remote_ip,
                      uint16_t remote_port, uint16_t payload_length, MediaKind kind);
// The same for IPv6; remote_ip: 16 bytes.
uint16_t write_frame6(const FrameTemplate& t, uint8_t* payload, const uint8_t* remote_ip,
                      uint16_t remote_port, uint16_t payload_length, MediaKind kind);
// Stores the UDP checksum of a written frame as t.udp_sum says: sums the payload (62 ns for 1,208
// bytes), or only the pseudo header for the port to continue.
void write_udp_sum(const FrameTemplate& t, uint8_t* payload, uint16_t payload_length);

inline uint16_t write_frame4(const FrameTemplate& t, uint8_t* payload, const uint8_t* remote_ip,
                             uint16_t remote_port, uint16_t payload_length, MediaKind kind) {
  constexpr std::size_t headers = wire::ipv4_header_length + wire::udp_header_length;
  uint8_t* ip = payload - headers;
  std::memcpy(ip - frame_link_length, t.head.data(), frame_link_length + 16);
  const auto total = static_cast<uint16_t>(payload_length + headers);
  const uint8_t traffic_class = t.traffic_class[static_cast<std::size_t>(kind)];
  uint16_t remote[2];
  std::memcpy(remote, remote_ip, sizeof remote);
  ip[1] = traffic_class;
  wire::store_be16(ip + 2, total);
  const uint16_t sum = fold_sum(uint32_t{t.header_sum} + wire::swap_be16(total) +
                                wire::swap_be16(traffic_class) + remote[0] + remote[1]);
  const auto checksum = static_cast<uint16_t>(~sum);
  std::memcpy(ip + 10, &checksum, sizeof checksum);
  std::memcpy(ip + 16, remote, sizeof remote);
  uint8_t* udp = ip + wire::ipv4_header_length;
  std::memcpy(udp, &t.source_port_be, sizeof t.source_port_be);
  wire::store_be16(udp + 2, remote_port);
  wire::store_be16(udp + 4, static_cast<uint16_t>(payload_length + wire::udp_header_length));
  wire::store_be16(udp + 6, 0);
  return t.header_length;
}

inline uint16_t write_frame6(const FrameTemplate& t, uint8_t* payload, const uint8_t* remote_ip,
                             uint16_t remote_port, uint16_t payload_length, MediaKind kind) {
  uint8_t* udp = payload - wire::udp_header_length;
  uint8_t* ip = udp - wire::ipv6_header_length;
  std::memcpy(ip - frame_link_length, t.head.data(), frame_link_length + 24);
  const auto udp_length = static_cast<uint16_t>(payload_length + wire::udp_header_length);
  // Version 6, traffic class, flow label 0.
  wire::store_be16(
      ip, static_cast<uint16_t>(0x6000 + t.traffic_class[static_cast<std::size_t>(kind)] * 0x10));
  wire::store_be16(ip + 4, udp_length);
  std::memcpy(ip + 24, remote_ip, 16);
  std::memcpy(udp, &t.source_port_be, sizeof t.source_port_be);
  wire::store_be16(udp + 2, remote_port);
  wire::store_be16(udp + 4, udp_length);
  wire::store_be16(udp + 6, 0);
  return t.header_length;
}

}  // namespace sluice::dataplane
