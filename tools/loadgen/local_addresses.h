// The addresses the emulated clients live behind, and which of them has which address and UDP port.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/ip.h"

namespace sluice::loadgen {

struct Network {
  IpAddress ip;
  uint8_t prefix_length = 32;

  bool covers(const IpAddress& other) const;
};
// "10.0.0.5/24", IPv4. Errors name the text.
Result<Network> parse_network(std::string_view text);

// Endpoint i has address i modulo their number, and the port base plus the quotient: an arriving
// datagram finds its endpoint by arithmetic.
class LocalAddresses {
 public:
  LocalAddresses(std::vector<Network> networks, uint16_t port_base)
      : networks_(std::move(networks)), port_base_(port_base) {}

  const std::vector<Network>& networks() const { return networks_; }
  std::size_t capacity() const { return networks_.size() * (65'536U - port_base_); }
  // endpoint < capacity()
  SocketAddress of(uint32_t endpoint) const;
  std::optional<uint32_t> endpoint_at(const IpAddress& ip, uint16_t port) const;
  bool is_local(const IpAddress& ip) const;
  // On the link of one of our addresses.
  bool is_neighbour(const IpAddress& ip) const;

 private:
  std::vector<Network> networks_;
  uint16_t port_base_;
};

}  // namespace sluice::loadgen
