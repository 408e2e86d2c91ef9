#include "controlplane/metrics/networks.h"

#include <charconv>

namespace sluice::metrics {
namespace {

bool same_prefix(const IpAddress& a, const IpAddress& b, uint32_t bits) {
  if (a.family != b.family) return false;
  const std::size_t whole = bits / 8;
  if (std::memcmp(a.bytes.data(), b.bytes.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const uint32_t mask = 0xff00U >> (bits % 8);
  return ((a.bytes[whole] ^ b.bytes[whole]) & mask & 0xff) == 0;
}

}  // namespace

Result<Networks> Networks::parse(const std::vector<std::string>& texts) {
  Networks out;
  for (const std::string& text : texts) {
    const std::size_t slash = text.find('/');
    const auto ip = parse_ip(std::string_view(text).substr(0, slash));
    if (!ip) return Error{"metrics network " + text + ": " + ip.error().message};
    const uint32_t bits_max = ip->is_v4() ? 32 : 128;
    uint32_t bits = bits_max;
    if (slash != std::string::npos) {
      const char* end = text.data() + text.size();
      const auto [at, fault] = std::from_chars(text.data() + slash + 1, end, bits);
      if (fault != std::errc() || at != end || bits > bits_max) {
        return Error{"metrics network " + text + ": the prefix length is 0 to " +
                     std::to_string(bits_max)};
      }
    }
    out.networks_.push_back({*ip, static_cast<uint8_t>(bits)});
  }
  return out;
}

bool is_loopback(const IpAddress& ip) {
  if (ip.is_v4()) return ip.bytes[0] == 127;  // RFC 1122 s3.2.1.3
  IpAddress v6_loopback;                      // RFC 4291 s2.5.3
  v6_loopback.family = 6;
  v6_loopback.bytes[15] = 1;
  return ip == v6_loopback;
}

bool Networks::contains(const IpAddress& ip) const {
  if (is_loopback(ip)) return true;
  for (const Network& network : networks_) {
    if (same_prefix(ip, network.ip, network.prefix_bits)) return true;
  }
  return false;
}

}  // namespace sluice::metrics
