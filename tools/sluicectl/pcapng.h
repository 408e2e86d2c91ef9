// Writes pcapng (draft-ietf-opsawg-pcapng): one section in this machine's byte order, times in
// nanoseconds. A writer of our own: libpcap writes only classic pcap, which knows neither
// directions nor what was lost.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "common/base/time.h"
#include "common/wire/bytes.h"

namespace sluice::ctl {

class PcapngWriter {
 public:
  // Writes the section's header at once. comment: about the whole capture.
  PcapngWriter(std::ostream& out, const std::string& program, const std::string& comment);

  // An Ethernet interface; the answer is its number. snaplen in bytes.
  uint32_t add_interface(const std::string& name, uint32_t snaplen);

  struct Frame {
    uint32_t interface = 0;
    UnixNs at = 0;
    bool outbound = false;
    uint32_t length = 0;     // on the wire
    wire::ByteView bytes{};  // what was captured of it
  };
  void add_frame(const Frame& frame);

  struct Statistics {
    uint32_t interface = 0;
    UnixNs from = 0, until = 0;
    uint64_t received = 0;  // what the filter let through
    uint64_t dropped = 0;   // of it, what was lost on the way here
  };
  void add_statistics(const Statistics& statistics);

 private:
  std::ostream& out_;
  uint32_t interfaces_ = 0;
};

}  // namespace sluice::ctl
