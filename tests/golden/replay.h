// Replays frames into a whole worker at the times they carry, and keeps what it sends and counts.
// The same input gives the same bytes at the same times, on every machine and with either SRTP
// engine.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/srtp/engine.h"
#include "tests/golden/pcap.h"
#include "tests/golden/tables.h"

namespace sluice::golden {

// The worker's port: 192.0.2.1/24 and 2001:db8::1/64, MAC 02:00:00:00:00:01, gateways .254 and
// ::fe, UDP port 40,000.
struct Outcome {
  std::vector<Frame> sent;
  std::string counters;  // "name value", one per line; those that are not 0 and not about time
};

Result<Outcome> replay(const Tables& tables, const std::vector<Frame>& input,
                       srtp::EngineKind engine);

}  // namespace sluice::golden
