#include "common/config/device.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/config/faults.h"
#include "common/config/nearest.h"

namespace sluice::config {

namespace {

// The virtual devices of DPDK's network drivers that can carry media or tests.
constexpr std::array<std::string_view, 11> drivers = {
    "net_af_packet", "net_af_xdp",      "net_tap",   "net_memif",   "net_ring",    "net_null",
    "net_pcap",      "net_virtio_user", "net_vhost", "net_bonding", "net_failsafe"};
// Drivers that do nothing without this argument.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> required = {
    {{"net_af_packet", "iface"}, {"net_af_xdp", "iface"}}};

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// [DDDD:]BB:DD.F, hexadecimal, function 0..7.
bool is_pci(std::string_view t) {
  if (t.size() == 12) {
    if (!std::all_of(t.begin(), t.begin() + 4, is_hex) || t[4] != ':') return false;
    t.remove_prefix(5);
  }
  return t.size() == 7 && is_hex(t[0]) && is_hex(t[1]) && t[2] == ':' && is_hex(t[3]) &&
         is_hex(t[4]) && t[5] == '.' && t[6] >= '0' && t[6] <= '7';
}

std::string_view driver_of(std::string_view name) {
  while (!name.empty() && is_digit(name.back())) name.remove_suffix(1);
  return name;
}

Status check_virtual(std::string_view text) {
  const std::string_view name = device_name(text);
  const std::string_view driver = driver_of(name);
  if (std::find(drivers.begin(), drivers.end(), driver) == drivers.end()) {
    const std::string_view near = nearest(driver, drivers);
    return Error{
        quote(name) + " is no known virtual device; " +
        (near.empty() ? "known: " + one_of(drivers) : "did you mean " + std::string(near) + "0?")};
  }
  bool has_required = true;
  std::string_view wanted;
  for (const auto& [of, argument] : required) {
    if (of == driver) has_required = false, wanted = argument;
  }
  std::string_view rest = text.substr(name.size());
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view argument = rest.substr(0, rest.find(','));
    rest.remove_prefix(argument.size());
    const std::size_t equals = argument.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == argument.size()) {
      return Error{quote(argument) +
                   " is no device argument; write key=value, separated by commas"};
    }
    if (argument.substr(0, equals) == wanted) has_required = true;
  }
  if (!has_required) {
    return Error{quote(text) + " needs an interface; write " + std::string(name) + ",iface=NAME"};
  }
  return {};
}

}  // namespace

std::string_view device_name(std::string_view text) {
  return text.substr(0, text.find(','));
}

Status check_device(std::string_view text) {
  if (text.starts_with("net_")) return check_virtual(text);
  if (is_pci(device_name(text))) return {};
  return Error{quote(text) +
               " is no device; needs a PCI address like 0000:03:00.1 or a virtual device like "
               "net_af_packet0,iface=eth0"};
}

}  // namespace sluice::config
