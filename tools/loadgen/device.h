// The DPDK device string of the command line.
#pragma once

#include <string>

namespace sluice::loadgen {

// Up to the first comma: what the ethdev is called.
inline std::string device_name(const std::string& device) {
  return device.substr(0, device.find(','));
}

// "0000:03:00.1" or "03:00.1"; names of virtual devices begin with a word.
inline bool is_pci(const std::string& device) {
  const std::string name = device_name(device);
  return name.find(':') != std::string::npos &&
         name.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos;
}

// The packet socket's ring as long as the queue, unless the string says its own: a key frame to
// every attendee arrives at once.
inline std::string with_ring(const std::string& device, unsigned frames) {
  const bool packet_socket = device.starts_with("net_af_packet");
  if (!packet_socket || device.find(",framecnt=") != std::string::npos) return device;
  return device + ",framecnt=" + std::to_string(frames);
}

}  // namespace sluice::loadgen
