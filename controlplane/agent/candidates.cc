#include <algorithm>

#include "controlplane/agent/node.h"

namespace sluice::agent {
namespace {

// Behind a 1:1 NAT the configuration says what to announce.
std::vector<IpAddress> announced(const config::Config& config, const shm::PortInfo& port) {
  for (const config::Port& p : config.dataplane.ports) {
    if (p.name == port.name.view() && !p.advertise.empty()) return p.advertise;
  }
  std::vector<IpAddress> addresses;
  for (const IpAddress& ip : port.addresses) {
    if (ip.family != 0) addresses.push_back(ip);
  }
  return addresses;
}

}  // namespace

std::vector<proto::Candidate> local_candidates(Node& node, uint32_t worker, uint32_t generation) {
  std::vector<proto::Candidate> candidates;
  shm::DataplaneStatus& plane = node.plane.region().dataplane();
  const std::size_t count =
      std::min<std::size_t>(plane.port_count.load(std::memory_order_acquire), shm::ports_max);
  for (std::size_t i = 0; i < count; ++i) {
    shm::PortInfo port;
    if (!plane.ports[i].read(port) || worker >= port.worker_udp_port.size()) continue;
    const uint16_t udp_port = port.worker_udp_port[worker];
    if (udp_port == 0) continue;
    for (const IpAddress& ip : announced(node.config, port)) {
      const auto index = static_cast<uint16_t>(candidates.size());
      candidates.push_back(proto::host_candidate({ip, udp_port, 0}, index, generation));
    }
  }
  for (const config::IceTcpListener& l : node.config.ice_tcp.listeners) {
    const IpAddress& ip = l.advertise.family == 0 ? l.address : l.advertise;
    const auto index = static_cast<uint16_t>(candidates.size());
    const auto port = static_cast<uint16_t>(l.port + worker);
    candidates.push_back(proto::tcp_candidate({ip, port, 0}, index, generation));
  }
  return candidates;
}

}  // namespace sluice::agent
