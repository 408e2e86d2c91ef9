// The `device` of a port in the configuration: a PCI address or a DPDK virtual device, each with
// arguments.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::dataplane {

// The kernel fills the ring of a packet socket also while its worker sleeps or waits for a core
// that it shares; so many frames (2 KiB each) of a flood go in before those of a call are lost.
inline constexpr uint32_t packet_socket_frames_min = 8'192;

// "0000:03:00.1" or "03:00.1", with or without arguments behind a comma.
bool is_pci(const std::string& device);
// Up to the first comma: "net_af_packet0".
std::string device_name(const std::string& device);
// "net_af_packet0" -> true for "net_af_packet".
bool is_driver(const std::string& device, const std::string& driver);
// The device string with one queue pair per worker and the queue length, where the driver takes
// them as arguments and the configuration does not say.
std::string with_queues(const std::string& device, uint32_t workers, uint32_t descriptors);

}  // namespace sluice::dataplane
