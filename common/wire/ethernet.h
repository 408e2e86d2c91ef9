// Ethernet II with up to two VLAN tags (IEEE 802.3, 802.1Q, 802.1ad).
//
//  0                   6                   12
//  +-------------------+-------------------+----------- ... ----------+-----------+
//  | destination (6)   | source (6)        | 0 to 2 tags: TPID, TCI   | EtherType |
//  +-------------------+-------------------+----------- ... ----------+-----------+
//  TCI: priority (3 bits), drop eligible (1), VLAN id (12)
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>

#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t ethernet_header_length = 14;
inline constexpr std::size_t vlan_tag_length = 4;
inline constexpr uint8_t vlan_tags_max = 2;

inline constexpr uint16_t ether_type_ipv4 = 0x0800;
inline constexpr uint16_t ether_type_arp = 0x0806;
inline constexpr uint16_t ether_type_vlan = 0x8100;
inline constexpr uint16_t ether_type_qinq = 0x88a8;
inline constexpr uint16_t ether_type_ipv6 = 0x86dd;

struct MacAddress {
  std::array<uint8_t, 6> bytes{};
  auto operator<=>(const MacAddress&) const = default;
  bool is_multicast() const { return (bytes[0] & 1) != 0; }
};
inline constexpr MacAddress mac_broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

inline MacAddress load_mac(const uint8_t* p) {
  MacAddress m;
  std::memcpy(m.bytes.data(), p, m.bytes.size());
  return m;
}

struct EthernetView {
  const uint8_t* data = nullptr;
  uint16_t ether_type = 0;  // behind the tags
  uint16_t vlan_id = 0;     // of the innermost tag; 0 = untagged (or a priority tag)
  uint8_t vlan_tags = 0;
  uint8_t header_length = 0;
  ByteView payload;  // may end in padding

  MacAddress destination() const { return load_mac(data); }
  MacAddress source() const { return load_mac(data + 6); }
};

// nullopt: the header or a tag is cut short, or there are more than two tags.
std::optional<EthernetView> parse_ethernet(ByteView frame);

// Writes the header, with one tag when vlan_id is not 0. Bytes written, 0 if it does not fit.
std::size_t write_ethernet(ByteSpan out, const MacAddress& destination, const MacAddress& source,
                           uint16_t vlan_id, uint16_t ether_type);

inline std::optional<EthernetView> parse_ethernet(ByteView frame) {
  if (frame.size() < ethernet_header_length) return std::nullopt;
  EthernetView v{.data = frame.data(), .ether_type = load_be16(frame.data() + 12), .payload = {}};
  std::size_t length = ethernet_header_length;
  while (v.ether_type == ether_type_vlan || v.ether_type == ether_type_qinq) {
    if (v.vlan_tags == vlan_tags_max || frame.size() < length + vlan_tag_length)
      return std::nullopt;
    v.vlan_id = load_be16(frame.data() + length) & 0x0fff;
    v.ether_type = load_be16(frame.data() + length + 2);
    v.vlan_tags++;
    length += vlan_tag_length;
  }
  v.header_length = static_cast<uint8_t>(length);
  v.payload = frame.subspan(length);
  return v;
}

inline std::size_t write_ethernet(ByteSpan out, const MacAddress& destination,
                                  const MacAddress& source, uint16_t vlan_id, uint16_t ether_type) {
  Writer w(out);
  w.bytes(destination.bytes);
  w.bytes(source.bytes);
  if (vlan_id != 0) {
    w.u16(ether_type_vlan);
    w.u16(vlan_id & 0x0fff);
  }
  w.u16(ether_type);
  return w.length();
}

}  // namespace sluice::wire
