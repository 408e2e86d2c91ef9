#include "common/config/network.h"

#include <algorithm>
#include <charconv>

#include "common/config/faults.h"

namespace sluice::config {

namespace {

uint8_t bits_of(const IpAddress& ip) {
  return ip.is_v4() ? 32 : 128;
}

// `ip` with every bit behind the prefix cleared.
IpAddress masked(IpAddress ip, uint8_t prefix_length) {
  for (std::size_t i = 0; i < ip.bytes.size(); ++i) {
    const std::size_t kept = std::clamp<std::size_t>(prefix_length, i * 8, i * 8 + 8) - i * 8;
    ip.bytes[i] = static_cast<uint8_t>(ip.bytes[i] & (0xff00U >> kept));
  }
  return ip;
}

Result<InterfaceAddress> parse(std::string_view text, uint8_t prefix_min) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return Error{quote(text) +
                 " has no prefix length; write it like 192.0.2.10/24 or 2001:db8::10/64"};
  }
  const auto ip = parse_ip(text.substr(0, slash));
  if (!ip.ok())
    return Error{quote(text) + " is no address; write it like 192.0.2.10/24 or 2001:db8::10/64"};
  const std::string_view digits = text.substr(slash + 1);
  unsigned prefix = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (error != std::errc{} || stop != digits.data() + digits.size() || prefix < prefix_min ||
      prefix > bits_of(*ip)) {
    return Error{quote(text) + " has an impossible prefix length; needs " +
                 std::to_string(prefix_min) + " to " + std::to_string(bits_of(*ip))};
  }
  return InterfaceAddress{*ip, static_cast<uint8_t>(prefix)};
}

bool starts_with(const IpAddress& ip, uint8_t byte0, uint8_t byte1, uint8_t prefix_length) {
  IpAddress head;
  head.family = ip.family;
  head.bytes[0] = byte0;
  head.bytes[1] = byte1;
  return masked(ip, prefix_length) == head;
}

}  // namespace

Result<InterfaceAddress> parse_interface_address(std::string_view text) {
  return parse(text, 1);
}

Result<InterfaceAddress> parse_network(std::string_view text) {
  auto network = parse(text, 0);
  if (!network.ok()) return network;
  const IpAddress base = masked(network->ip, network->prefix_length);
  if (base != network->ip) {
    return Error{quote(text) + " has bits set behind its prefix; the network is " +
                 to_string(base) + '/' + std::to_string(network->prefix_length)};
  }
  return network;
}

bool contains(const InterfaceAddress& network, const IpAddress& ip) {
  return ip.family == network.ip.family &&
         masked(ip, network.prefix_length) == masked(network.ip, network.prefix_length);
}

bool is_loopback(const IpAddress& ip) {
  if (ip.is_v4()) return ip.bytes[0] == 127;
  IpAddress one;
  one.family = 6;
  one.bytes[15] = 1;
  return ip == one;
}

bool is_unspecified(const IpAddress& ip) {
  return std::all_of(ip.bytes.begin(), ip.bytes.end(), [](uint8_t b) { return b == 0; });
}

bool is_multicast(const IpAddress& ip) {
  return ip.is_v4() ? starts_with(ip, 224, 0, 4) : starts_with(ip, 0xff, 0, 8);
}

bool is_link_local(const IpAddress& ip) {
  return ip.is_v4() ? starts_with(ip, 169, 254, 16) : starts_with(ip, 0xfe, 0x80, 10);
}

}  // namespace sluice::config
