#include "dataplane/port/device_name.h"

#include <algorithm>
#include <cctype>

namespace sluice::dataplane {

bool is_pci(const std::string& device) {
  const std::string name = device_name(device);
  // [domain:]bus:device.function in hexadecimal; every virtual device begins with a word.
  const auto is_pci_character = [](unsigned char c) {
    return std::isxdigit(c) || c == ':' || c == '.';
  };
  return name.find(':') != std::string::npos && std::ranges::all_of(name, is_pci_character);
}

std::string device_name(const std::string& device) {
  return device.substr(0, device.find(','));
}

bool is_driver(const std::string& device, const std::string& driver) {
  const std::string name = device_name(device);
  return name.starts_with(driver) &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(driver.size()), name.end(),
                     [](unsigned char c) { return std::isdigit(c); });
}

std::string with_queues(const std::string& device, uint32_t workers, uint32_t descriptors) {
  std::string whole = device;
  const auto add = [&](const std::string& key, uint32_t value) {
    if (device.find("," + key + "=") == std::string::npos)
      whole += "," + key + "=" + std::to_string(value);
  };
  if (is_driver(device, "net_af_packet")) {
    add("qpairs", workers);
    add("framecnt", std::max(descriptors, packet_socket_frames_min));
  }
  if (is_driver(device, "net_af_xdp")) add("queue_count", workers);
  return whole;
}

}  // namespace sluice::dataplane
