// sluicectl port show: each port with what its device does and what is left to the workers.
#include <ostream>

#include "tools/sluicectl/port_look.h"
#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

void print_port(const shm::PortInfo& port, uint32_t workers, std::ostream& out) {
  const std::vector<std::string> addresses = addresses_of(port);
  const std::vector<std::string> candidates = candidates_of(port);
  TextTable facts({"port", std::string(port.name.view())});
  facts.add({"driver", std::string(port.driver.view())});
  facts.add({"link", link_text(port)});
  facts.add({"mtu", std::to_string(port.mtu)});
  facts.add({"vlan", port.vlan == 0 ? "untagged" : std::to_string(port.vlan)});
  facts.add(
      {"mac", mac_text(port) + (port.shared_with_kernel != 0 ? ", shared with the kernel" : "")});
  facts.add({"addresses", joined(addresses)});
  facts.add({"browsers are told", joined(candidates)});
  facts.add({"udp port of worker 0..", joined(udp_ports_of(port, workers))});
  facts.add({"receive queues", std::to_string(port.rx_queues) + " of " +
                                   std::to_string(port.rx_descriptors) + " descriptors"});
  facts.add({"transmit queues", std::to_string(port.tx_queues) + " of " +
                                    std::to_string(port.tx_descriptors) + " descriptors"});
  out << facts << '\n';
  TextTable features({"feature", "done by", "why"});
  for (const FeatureLook& f : features_of(port)) {
    features.add({std::string(f.name), std::string(f.by), std::string(f.why)});
  }
  out << features;
}

}  // namespace

ExitCode show_ports(const Options& options, const std::string& name, Output output) {
  const auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  std::vector<std::string> names;
  std::vector<shm::PortInfo> shown;
  for (const shm::PortInfo& p : ports_of(*view)) {
    names.emplace_back(p.name.view());
    if (name.empty() || name == p.name.view()) shown.push_back(p);
  }
  if (shown.empty() && !name.empty()) {
    output.err << "no port " << name << "; there "
               << (names.empty() ? "is none" : "are: " + joined(names)) << '\n';
    return ExitCode::usage;
  }
  if (options.json) {
    Json json = region_json(*view);
    json["ports"] = Json::array();
    for (const shm::PortInfo& p : shown) json["ports"].push_back(port_json(p, view->workers()));
    print_json(output.out, json);
    return ExitCode::ok;
  }
  view->print_age(output.out);
  if (shown.empty()) output.out << "no ports\n";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (i > 0) output.out << '\n';
    print_port(shown[i], view->workers(), output.out);
  }
  return ExitCode::ok;
}

}  // namespace sluice::ctl
