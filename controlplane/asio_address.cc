#include "controlplane/asio_address.h"

#include <algorithm>

namespace sluice {

namespace net = boost::asio;

net::ip::address to_asio(const IpAddress& ip) {
  if (ip.is_v4()) {
    net::ip::address_v4::bytes_type bytes{};
    std::copy_n(ip.bytes.begin(), bytes.size(), bytes.begin());
    return net::ip::address_v4(bytes);
  }
  net::ip::address_v6::bytes_type bytes{};
  std::copy_n(ip.bytes.begin(), bytes.size(), bytes.begin());
  return net::ip::address_v6(bytes);
}

IpAddress from_asio(const net::ip::address& address) {
  IpAddress ip;
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  if (address.is_v4() || mapped) {
    const auto v4 =
        mapped ? net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6()) : address.to_v4();
    const auto bytes = v4.to_bytes();
    std::copy(bytes.begin(), bytes.end(), ip.bytes.begin());
    ip.family = 4;
  } else {
    const auto bytes = address.to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), ip.bytes.begin());
    ip.family = 6;
  }
  return ip;
}

}  // namespace sluice
