// A list of networks in CIDR form (RFC 4632 s3.1): who may read the metrics.
#pragma once

#include <string>
#include <vector>

#include "common/base/ip.h"
#include "common/base/result.h"

namespace sluice::metrics {

class Networks {
 public:
  // "192.0.2.0/24", "2001:db8::/32". Errors name the text. Loopback is always in.
  static Result<Networks> parse(const std::vector<std::string>& texts);

  bool contains(const IpAddress& ip) const;

 private:
  struct Network {
    IpAddress ip;
    uint8_t prefix_bits = 0;
  };
  std::vector<Network> networks_;
};

bool is_loopback(const IpAddress& ip);

}  // namespace sluice::metrics
