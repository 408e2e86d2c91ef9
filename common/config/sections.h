// One reader per section of the file. Each fills its part of the configuration and adds a fault per
// mistake.
#pragma once

#include "common/config/config.h"
#include "common/config/section_reader.h"
#include "common/shm/layout.h"

namespace sluice::config {

// Limits that several sections and the tests share.
inline constexpr std::size_t core_max = 1'023;
inline constexpr std::size_t addresses_per_port_max = 4;  // shm::PortInfo::addresses
inline constexpr std::size_t unix_path_length_max = 107;  // sockaddr_un::sun_path without its zero

void read_capacities(SectionReader section, shm::Capacities& out);
void read_dataplane(SectionReader section, Dataplane& out);
// dataplane.ports, with what must hold between ports.
void read_ports(const Value& list, std::vector<Port>& out);
void read_control(SectionReader section, Control& out);
// control.listen.
void read_listeners(const Value& list, std::vector<Listener>& out);
// The `address` of a listener, which must be there.
void read_address(SectionReader& section, IpAddress& out);
// `log_level`, `metrics_listen` and `metrics_networks` of a daemon's section.
void read_log_level(SectionReader& section, std::string& out);
void read_metrics_listeners(SectionReader& section, std::vector<SocketAddress>& out);
void read_metrics_networks(SectionReader& section, std::vector<std::string>& out);
// `workers`: each takes a port.
void read_ice_tcp(SectionReader section, std::size_t workers, IceTcp& out);

}  // namespace sluice::config
