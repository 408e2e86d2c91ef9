// ARP for IPv4 over Ethernet (RFC 826).
//
//  0       2       4   5   6       8          14        18         24        28
//  +-------+-------+---+---+-------+----------+---------+----------+---------+
//  | htype | ptype |hl |pl | oper  | sender   | sender  | target   | target  |
//  | 1     | 0x800 | 6 | 4 |       | MAC      | IPv4    | MAC      | IPv4    |
//  +-------+-------+---+---+-------+----------+---------+----------+---------+
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/ip.h"
#include "common/wire/bytes.h"
#include "common/wire/ethernet.h"

namespace sluice::wire {

inline constexpr std::size_t arp_length = 28;

enum class ArpOperation : uint16_t { request = 1, reply = 2 };

struct Arp {
  ArpOperation operation = ArpOperation::request;
  MacAddress sender_mac{};
  IpAddress sender_ip{};
  MacAddress target_mac{};
  IpAddress target_ip{};
};

// nullopt: cut short, not IPv4 over Ethernet, or an operation other than request and reply.
std::optional<Arp> parse_arp(ByteView bytes);
// Bytes written, 0 if it does not fit. Both addresses are IPv4.
std::size_t write_arp(ByteSpan out, const Arp& arp);

}  // namespace sluice::wire
