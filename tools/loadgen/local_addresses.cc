#include "tools/loadgen/local_addresses.h"

#include <algorithm>
#include <charconv>

#include "common/wire/bytes.h"

namespace sluice::loadgen {

bool Network::covers(const IpAddress& other) const {
  if (other.family != ip.family) return false;
  if (prefix_length == 0) return true;
  const uint32_t differing = wire::load_be32(ip.bytes.data()) ^ wire::load_be32(other.bytes.data());
  return differing >> (32 - prefix_length) == 0;
}

Result<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  auto ip = parse_ip(text.substr(0, slash));
  if (!ip) return ip.error();
  const std::string_view digits =
      slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  Network out{.ip = *ip};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.prefix_length);
  if (!ip->is_v4() || error != std::errc{} || end != digits.data() + digits.size() ||
      out.prefix_length > 32) {
    return Error{"'" + std::string(text) +
                 "' is no IPv4 address with its prefix length, like 10.0.0.5/24"};
  }
  return out;
}

SocketAddress LocalAddresses::of(uint32_t endpoint) const {
  const auto count = static_cast<uint32_t>(networks_.size());
  return {networks_[endpoint % count].ip, static_cast<uint16_t>(port_base_ + endpoint / count), 0};
}

std::optional<uint32_t> LocalAddresses::endpoint_at(const IpAddress& ip, uint16_t port) const {
  if (port < port_base_) return std::nullopt;
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    if (networks_[i].ip == ip) {
      return static_cast<uint32_t>((port - port_base_) * networks_.size() + i);
    }
  }
  return std::nullopt;
}

bool LocalAddresses::is_local(const IpAddress& ip) const {
  return std::ranges::any_of(networks_, [&](const Network& n) { return n.ip == ip; });
}

bool LocalAddresses::is_neighbour(const IpAddress& ip) const {
  return std::ranges::any_of(networks_, [&](const Network& n) { return n.covers(ip); });
}

}  // namespace sluice::loadgen
