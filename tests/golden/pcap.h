// Frames in a pcap file (nanosecond timestamps, Ethernet), readable by every tool that knows
// captures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"

namespace sluice::golden {

struct Frame {
  TimeNs at = 0;  // since the start of the run
  std::vector<uint8_t> bytes;
  bool operator==(const Frame&) const = default;
};

Result<std::vector<Frame>> read_pcap(const std::string& path);
Status write_pcap(const std::string& path, const std::vector<Frame>& frames);

}  // namespace sluice::golden
