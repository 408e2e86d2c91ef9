#include "dataplane/port/attachment.h"

#include <cstring>

namespace sluice::dataplane {

bool covers(const config::InterfaceAddress& network, const IpAddress& ip) {
  if (network.ip.family != ip.family) return false;
  const std::size_t whole = network.prefix_length / 8;
  const int rest = network.prefix_length % 8;
  if (std::memcmp(network.ip.bytes.data(), ip.bytes.data(), whole) != 0) return false;
  if (rest == 0) return true;
  return ((network.ip.bytes[whole] ^ ip.bytes[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

int Attachment::local_index(uint8_t family, const uint8_t* ip) const {
  const std::size_t length = family == 4 ? 4 : 16;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (addresses[i].ip.family == family &&
        std::memcmp(addresses[i].ip.bytes.data(), ip, length) == 0) {
      return static_cast<int>(i);
    }
  }
  return no_local_address;
}

IpAddress Attachment::next_hop_of(const IpAddress& remote) const {
  for (const auto& a : addresses) {
    if (covers(a, remote)) return remote;
  }
  for (const auto& g : gateways) {
    if (g.family == remote.family) return g;
  }
  return {};
}

int Attachment::source_index_for(const IpAddress& neighbour) const {
  int found = no_local_address;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (covers(addresses[i], neighbour)) return static_cast<int>(i);
    if (found == no_local_address && addresses[i].ip.family == neighbour.family) {
      found = static_cast<int>(i);
    }
  }
  return found;
}

}  // namespace sluice::dataplane
