#include "tools/sluicectl/port_look.h"

#include <algorithm>
#include <cstdio>

namespace sluice::ctl {

std::vector<shm::PortInfo> ports_of(const RegionView& view) {
  std::vector<shm::PortInfo> out;
  shm::DataplaneStatus& d = view.region().dataplane();
  const std::size_t count =
      std::min<std::size_t>(d.port_count.load(std::memory_order_acquire), shm::ports_max);
  for (std::size_t i = 0; i < count; ++i) {
    shm::PortInfo info;
    if (d.ports[i].read(info)) out.push_back(info);
  }
  return out;
}

std::string mac_text(const shm::PortInfo& port) {
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", port.mac[0], port.mac[1],
                port.mac[2], port.mac[3], port.mac[4], port.mac[5]);
  return text;
}

std::string link_text(const shm::PortInfo& port) {
  if (port.link_up == 0) return "DOWN";
  return port.link_mbps == 0 ? "up" : "up, " + std::to_string(port.link_mbps) + " Mbit/s";
}

std::vector<std::string> candidates_of(const shm::PortInfo& port) {
  std::vector<std::string> out;
  for (const IpAddress& a : port.addresses) {
    if (a.family != 0) out.push_back(to_string(a));
  }
  return out;
}

std::vector<std::string> addresses_of(const shm::PortInfo& port) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < port.own_addresses.size(); ++i) {
    if (port.own_addresses[i].family == 0) continue;
    out.push_back(to_string(port.own_addresses[i]) + '/' + std::to_string(port.prefix_lengths[i]));
  }
  return out;
}

std::vector<std::string> udp_ports_of(const shm::PortInfo& port, uint32_t workers) {
  std::vector<std::string> out;
  for (uint32_t w = 0; w < workers; ++w) out.push_back(std::to_string(port.worker_udp_port[w]));
  return out;
}

std::vector<FeatureLook> features_of(const shm::PortInfo& port) {
  std::vector<FeatureLook> out;
  for (std::size_t i = 0; i < port.features.size(); ++i) {
    const shm::PortFeatureUse& use = port.features[i];
    const auto by = std::min(static_cast<std::size_t>(use.by), shm::done_by_names.size() - 1);
    out.push_back({shm::port_feature_names[i], shm::done_by_names[by], use.why.view()});
  }
  return out;
}

std::vector<std::string> offloads_of(const shm::PortInfo& port) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < port.features.size(); ++i) {
    if (port.features[i].by == shm::DoneBy::hardware) out.emplace_back(shm::port_feature_names[i]);
  }
  return out;
}

Json port_json(const shm::PortInfo& port, uint32_t workers) {
  Json udp_ports = Json::array();
  for (uint32_t w = 0; w < workers; ++w) udp_ports.push_back(port.worker_udp_port[w]);
  Json features = Json::object();
  for (const FeatureLook& f : features_of(port)) {
    features[std::string(f.name)] = {{"by", f.by}, {"why", f.why}};
  }
  return {{"name", port.name.view()},
          {"driver", port.driver.view()},
          {"link_up", port.link_up != 0},
          {"link_mbps", port.link_mbps},
          {"mtu", port.mtu},
          {"vlan", port.vlan},
          {"mac", mac_text(port)},
          {"shared_with_kernel", port.shared_with_kernel != 0},
          {"addresses", addresses_of(port)},
          {"candidates", candidates_of(port)},
          {"worker_udp_ports", std::move(udp_ports)},
          {"rx_queues", port.rx_queues},
          {"tx_queues", port.tx_queues},
          {"rx_descriptors", port.rx_descriptors},
          {"tx_descriptors", port.tx_descriptors},
          {"flow_rules", port.flow_rules},
          {"dscp",
           {{"audio", port.dscp[static_cast<std::size_t>(MediaKind::audio)]},
            {"video", port.dscp[static_cast<std::size_t>(MediaKind::video)]},
            {"control", port.dscp[static_cast<std::size_t>(MediaKind::none)]}}},
          {"features", std::move(features)}};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& w : words) text += (text.empty() ? "" : " ") + w;
  return text;
}

}  // namespace sluice::ctl
