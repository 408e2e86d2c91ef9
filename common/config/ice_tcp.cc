// ice_tcp: a way in for clients whose network lets no UDP through.
#include <algorithm>

#include "common/config/sections.h"

namespace sluice::config {

namespace {

void read_advertise(SectionReader& section, IceTcpListener& out) {
  const auto value = section.find("advertise");
  const auto text = value ? value->text() : std::nullopt;
  if (!text) return;
  const auto ip = parse_ip(*text);
  if (!ip.ok()) {
    value->fault(quote(*text) + " is no address; write it like 203.0.113.10");
  } else if (ip->family != out.address.family && out.address.family != 0) {
    value->fault(quote(*text) + " is of another family than address");
  } else {
    out.advertise = *ip;
  }
}

IceTcpListener read_ice_tcp_listener(const Value& item, std::size_t workers) {
  SectionReader section(item);
  IceTcpListener out;
  read_address(section, out.address);
  section.integer("port", out.port, {1, 65'535});
  if (!section.find("port")) section.fault("port", "is missing; 443 or 4443 for example");
  if (out.port + workers > 65'536) {
    section.fault("port", std::to_string(out.port) + " leaves no room for a port for each of " +
                              std::to_string(workers) + " workers");
  }
  read_advertise(section, out);
  const bool any = out.address.family != 0 && out.address.bytes == IpAddress{}.bytes;
  if (any && out.advertise.family == 0) {
    section.fault("address", to_string(out.address) +
                                 " is no address that browsers could be told; add advertise");
  }
  section.finish();
  return out;
}

}  // namespace

void read_ice_tcp(SectionReader section, std::size_t workers, IceTcp& out) {
  section.integer("connections_max", out.connections_max, {1, 1'000'000});
  read_log_level(section, out.log_level);
  read_metrics_listeners(section, out.metrics_listeners);
  read_metrics_networks(section, out.metrics_networks);
  const auto value = section.find("listen");
  if (const auto items = value ? value->list() : std::nullopt) {
    for (const Value& item : *items) {
      const IceTcpListener l = read_ice_tcp_listener(item, workers);
      const bool overlaps = std::any_of(out.listeners.begin(), out.listeners.end(), [&](auto& o) {
        const std::size_t apart = o.port < l.port ? l.port - o.port : o.port - l.port;
        return o.address == l.address && o.address.family != 0 && apart < workers;
      });
      if (overlaps) item.fault("takes ports of another one: each has one for every worker");
      out.listeners.push_back(l);
    }
  }
  section.finish();
}

}  // namespace sluice::config
