#include "common/base/ip.h"

#include <arpa/inet.h>

namespace sluice {

Result<IpAddress> parse_ip(std::string_view text) {
  const std::string s(text);
  IpAddress ip;
  if (inet_pton(AF_INET, s.c_str(), ip.bytes.data()) == 1) {
    ip.family = 4;
    return ip;
  }
  ip.bytes.fill(0);
  if (inet_pton(AF_INET6, s.c_str(), ip.bytes.data()) == 1) {
    ip.family = 6;
    return ip;
  }
  return Error{"'" + s + "' is not an IPv4 or IPv6 address"};
}

std::string to_string(const IpAddress& ip) {
  char text[INET6_ADDRSTRLEN] = "none";
  if (ip.family != 0)
    inet_ntop(ip.is_v4() ? AF_INET : AF_INET6, ip.bytes.data(), text, sizeof text);
  return text;
}

std::string to_string(const SocketAddress& a) {
  const auto port = std::to_string(a.port);
  return a.ip.is_v6() ? "[" + to_string(a.ip) + "]:" + port : to_string(a.ip) + ":" + port;
}

}  // namespace sluice
