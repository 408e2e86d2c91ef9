// dataplane.ports: one network port with its addresses.
#include <algorithm>

#include "common/config/device.h"
#include "common/config/network.h"
#include "common/config/sections.h"

namespace sluice::config {

namespace {

std::string family_name(const IpAddress& ip) {
  return ip.is_v4() ? "IPv4" : "IPv6";
}

// An address that one host can have.
bool check_unicast(const Value& at, const IpAddress& ip) {
  if (!is_unspecified(ip) && !is_multicast(ip)) return true;
  at.fault(to_string(ip) + " is no address of a host; needs a unicast address");
  return false;
}

void read_addresses(SectionReader& section, Port& out) {
  const auto value = section.find("addresses");
  if (!value) {
    section.fault("addresses", "is missing; needs at least one, like [192.0.2.10/24]");
    return;
  }
  const auto items = value->list();
  if (!items) return;
  if (items->empty() || items->size() > addresses_per_port_max) {
    value->fault("holds " + std::to_string(items->size()) + " addresses; needs 1 to " +
                 std::to_string(addresses_per_port_max));
  }
  for (const Value& item : *items) {
    const auto text = item.text();
    if (!text) continue;
    const auto address = parse_interface_address(*text);
    if (!address.ok()) {
      item.fault(address.error().message);
    } else if (check_unicast(item, address->ip)) {
      out.addresses.push_back(*address);
    }
  }
}

std::vector<std::pair<Value, IpAddress>> read_ips(SectionReader& section, std::string_view key) {
  std::vector<std::pair<Value, IpAddress>> ips;
  const auto value = section.find(key);
  if (!value) return ips;
  const auto items = value->list();
  if (!items) return ips;
  for (const Value& item : *items) {
    const auto text = item.text();
    if (!text) continue;
    const auto ip = parse_ip(*text);
    if (!ip.ok()) {
      item.fault(quote(*text) + " is no address; write it like 192.0.2.1 or 2001:db8::1");
    } else if (check_unicast(item, *ip)) {
      ips.emplace_back(item, *ip);
    }
  }
  return ips;
}

// A gateway must be reachable: inside a prefix of the port, link-local, or beside an address that
// is alone in its prefix (/32, /128: the gateway is on the link by definition).
bool gateway_fits(const Port& port, const IpAddress& gateway) {
  return is_link_local(gateway) ||
         std::any_of(port.addresses.begin(), port.addresses.end(), [&](const InterfaceAddress& a) {
           return contains(a, gateway) || (a.ip.family == gateway.family &&
                                           a.prefix_length == (gateway.is_v4() ? 32 : 128));
         });
}

void read_gateways(SectionReader& section, Port& out) {
  for (const auto& [item, ip] : read_ips(section, "gateways")) {
    const auto same_family = [&ip = ip](const auto& other) { return other.family == ip.family; };
    const bool has_address =
        std::any_of(out.addresses.begin(), out.addresses.end(),
                    [&](const InterfaceAddress& a) { return same_family(a.ip); });
    if (std::any_of(out.gateways.begin(), out.gateways.end(), same_family)) {
      item.fault("is a second " + family_name(ip) + " gateway; at most one per family");
    } else if (!has_address) {
      item.fault("the port has no " + family_name(ip) + " address; add one or remove this gateway");
    } else if (!gateway_fits(out, ip)) {
      item.fault(to_string(ip) +
                 " is in the network of no address of this port; needs one that is on the link");
    } else {
      out.gateways.push_back(ip);
    }
  }
  for (const InterfaceAddress& a : out.addresses) {
    const bool alone = a.prefix_length == (a.ip.is_v4() ? 32 : 128);
    if (alone && std::none_of(out.gateways.begin(), out.gateways.end(),
                              [&](const IpAddress& g) { return g.family == a.ip.family; })) {
      section.fault(
          "gateways",
          "no " + family_name(a.ip) + " gateway, and " + to_string(a.ip) +
              " is alone in its prefix: it reaches nobody; add a gateway or widen the prefix");
    }
  }
}

void read_advertise(SectionReader& section, Port& out) {
  for (const auto& [item, ip] : read_ips(section, "advertise")) {
    const std::size_t i = out.advertise.size();
    if (i < out.addresses.size() && out.addresses[i].ip.family != ip.family) {
      item.fault(to_string(ip) + " stands for " + to_string(out.addresses[i].ip) +
                 " and is of another family; same order as addresses");
    }
    out.advertise.push_back(ip);
  }
  if (!out.advertise.empty() && out.advertise.size() != out.addresses.size()) {
    section.fault("advertise", "holds " + std::to_string(out.advertise.size()) + " addresses for " +
                                   std::to_string(out.addresses.size()) +
                                   " of the port; needs one for each, or none");
  }
}

void read_mac(SectionReader& section, std::string& out) {
  const auto value = section.find("mac");
  if (!value) return;
  const auto text = value->text();
  if (!text) return;
  bool well_formed = text->size() == 17;
  for (std::size_t i = 0; well_formed && i < text->size(); ++i) {
    const char c = (*text)[i];
    well_formed = i % 3 == 2 ? c == ':' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
  }
  if (!well_formed) {
    value->fault(quote(*text) + " is no MAC address; write it like 02:00:00:00:00:01");
  } else if (std::stoi(text->substr(0, 2), nullptr, 16) % 2 != 0 || *text == "00:00:00:00:00:00") {
    value->fault(*text +
                 " is no address of one device; the first byte must be even, and not all zero");
  } else {
    out = *text;
  }
}

void read_dscp(SectionReader section, Dscp& out) {
  constexpr Range code_points = {0, 63};
  section.integer("audio", out.audio, code_points);
  section.integer("video", out.video, code_points);
  section.integer("control", out.control, code_points);
  section.finish();
}

Port read_port(SectionReader section) {
  Port port;
  const auto name = section.find("name");
  if (!name) section.fault("name", "is missing; needs a short name for counters and logs");
  if (name) section.text("name", port.name);
  if (name && (port.name.empty() || port.name.size() > 31)) {
    name->fault(quote(port.name) + " does not fit; needs 1 to 31 characters");
  }
  const auto device = section.find("device");
  if (!device) section.fault("device", "is missing; needs a PCI address or a virtual device");
  if (device) {
    section.text("device", port.device);
    if (const auto status = check_device(port.device); device->node().IsScalar() && !status.ok()) {
      device->fault(status.error().message);
    }
  }
  read_addresses(section, port);
  read_gateways(section, port);
  read_advertise(section, port);
  section.integer("vlan", port.vlan, {0, 4'094});
  section.integer("mtu", port.mtu, {576, 9'600});
  section.boolean("shared_with_kernel", port.shared_with_kernel);
  read_mac(section, port.mac);
  section.integer("rx_descriptors", port.rx_descriptors, {64, 16'384, true});
  section.integer("tx_descriptors", port.tx_descriptors, {64, 16'384, true});
  read_dscp(section.section("dscp"), port.dscp);
  section.finish();
  // RFC 8200 s5: every link that carries IPv6 takes 1,280 bytes.
  const bool has_v6 = std::any_of(port.addresses.begin(), port.addresses.end(),
                                  [](const InterfaceAddress& a) { return a.ip.is_v6(); });
  if (has_v6 && port.mtu < 1'280) {
    section.fault("mtu", std::to_string(port.mtu) + " is too small for IPv6; needs 1280 at least");
  }
  return port;
}

void check_against_others(const Value& item, const Port& port, const std::vector<Port>& others) {
  for (const Port& o : others) {
    if (!port.name.empty() && o.name == port.name) {
      item.fault("a port named " + quote(port.name) + " stands above; names must differ");
    }
    if (!port.device.empty() && device_name(o.device) == device_name(port.device)) {
      item.fault("port " + quote(o.name) + " has the device " + quote(device_name(port.device)) +
                 " already; one port per device");
    }
    for (const InterfaceAddress& a : port.addresses) {
      if (std::any_of(o.addresses.begin(), o.addresses.end(),
                      [&](const InterfaceAddress& b) { return a.ip == b.ip; })) {
        item.fault("port " + quote(o.name) + " has the address " + to_string(a.ip) + " already");
      }
    }
  }
}

}  // namespace

void read_ports(const Value& list, std::vector<Port>& out) {
  const auto items = list.list();
  if (!items) return;
  if (items->empty() || items->size() > shm::ports_max) {
    list.fault("holds " + std::to_string(items->size()) + " ports; needs 1 to " +
               std::to_string(shm::ports_max));
  }
  for (const Value& item : *items) {
    const Port port = read_port(SectionReader(item));
    check_against_others(item, port, out);
    out.push_back(port);
  }
}

}  // namespace sluice::config
