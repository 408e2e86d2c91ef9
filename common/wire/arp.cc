#include "common/wire/arp.h"

#include "common/wire/ipv4.h"

namespace sluice::wire {

std::optional<Arp> parse_arp(ByteView bytes) {
  if (bytes.size() < arp_length) return std::nullopt;
  const uint8_t* p = bytes.data();
  if (load_be16(p) != 1 || load_be16(p + 2) != ether_type_ipv4 || p[4] != 6 || p[5] != 4) {
    return std::nullopt;
  }
  const uint16_t operation = load_be16(p + 6);
  if (operation != 1 && operation != 2) return std::nullopt;
  return Arp{.operation = static_cast<ArpOperation>(operation),
             .sender_mac = load_mac(p + 8),
             .sender_ip = load_ipv4_address(p + 14),
             .target_mac = load_mac(p + 18),
             .target_ip = load_ipv4_address(p + 24)};
}

std::size_t write_arp(ByteSpan out, const Arp& arp) {
  Writer w(out);
  w.u16(1);
  w.u16(ether_type_ipv4);
  w.u8(6);
  w.u8(4);
  w.u16(static_cast<uint16_t>(arp.operation));
  w.bytes(arp.sender_mac.bytes);
  w.bytes(ByteView(arp.sender_ip.bytes).first(4));
  w.bytes(arp.target_mac.bytes);
  w.bytes(ByteView(arp.target_ip.bytes).first(4));
  return w.length();
}

}  // namespace sluice::wire
