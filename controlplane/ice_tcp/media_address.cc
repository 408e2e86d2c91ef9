#include "controlplane/ice_tcp/media_address.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <optional>

#include "controlplane/asio_address.h"

namespace sluice::ice_tcp {

namespace {

bool is_ours(const IpAddress& ip) {
  boost::asio::io_context io;
  boost::system::error_code failure;
  const boost::asio::ip::udp::endpoint any_port(to_asio(ip), 0);
  boost::asio::ip::udp::socket socket(io);
  socket.open(any_port.protocol(), failure);
  if (!failure) socket.bind(any_port, failure);
  return !failure;
}

}  // namespace

Result<IpAddress> media_address(const config::Config& config, uint8_t family) {
  std::optional<IpAddress> found;
  for (const config::Port& port : config.dataplane.ports) {
    for (const config::InterfaceAddress& address : port.addresses) {
      const bool fits = address.ip.family == family;
      if (!found || (fits && found->family != family)) found = address.ip;
    }
  }
  if (!found) return Error{"dataplane.ports: has no address"};
  if (is_ours(*found)) {
    return Error{"dataplane.ports: this machine's kernel has " + to_string(*found) +
                 " too, so nothing sent there from here reaches the data plane; run this on a "
                 "machine beside it"};
  }
  return *found;
}

}  // namespace sluice::ice_tcp
