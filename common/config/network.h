// Networks and interface addresses as text: "192.0.2.10/24", "2001:db8::/32".
#pragma once

#include <string_view>

#include "common/base/result.h"
#include "common/config/config.h"

namespace sluice::config {

// Address and prefix length 1..32 or 1..128. Errors say what is wrong and what would be right,
// naming the text.
Result<InterfaceAddress> parse_interface_address(std::string_view text);

// The same for a network: no bit may be set behind the prefix, and /0 is allowed.
Result<InterfaceAddress> parse_network(std::string_view text);

// Whether `ip` is of the family of `network` and its first bits are the network's.
bool contains(const InterfaceAddress& network, const IpAddress& ip);

bool is_loopback(const IpAddress& ip);     // 127.0.0.0/8, ::1
bool is_unspecified(const IpAddress& ip);  // 0.0.0.0, ::
bool is_multicast(const IpAddress& ip);    // 224.0.0.0/4, ff00::/8
bool is_link_local(const IpAddress& ip);   // 169.254.0.0/16, fe80::/10

}  // namespace sluice::config
