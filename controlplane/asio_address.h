// Addresses between Asio's types and ours.
#pragma once

#include <boost/asio/ip/address.hpp>

#include "common/base/ip.h"

namespace sluice {

boost::asio::ip::address to_asio(const IpAddress& ip);
// An IPv4-mapped IPv6 address becomes the IPv4 address.
IpAddress from_asio(const boost::asio::ip::address& address);

}  // namespace sluice
