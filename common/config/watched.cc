// What every daemon is watched by: how much its log says, and who may read its metrics.
#include <algorithm>
#include <array>

#include "common/config/network.h"
#include "common/config/sections.h"

namespace sluice::config {

namespace {

constexpr std::array<std::string_view, 4> log_levels = {"error", "warning", "info", "debug"};

}  // namespace

void read_log_level(SectionReader& section, std::string& out) {
  const auto value = section.find("log_level");
  if (!value) return;
  if (const auto word = value->word(log_levels)) out = *word;
}

void read_metrics_listeners(SectionReader& section, std::vector<SocketAddress>& out) {
  const auto value = section.find("metrics_listen");
  const auto items = value ? value->list() : std::nullopt;
  if (!items) return;
  for (const Value& item : *items) {
    SectionReader listener(item);
    SocketAddress l;
    read_address(listener, l.ip);
    listener.integer("port", l.port, {1, 65'535});
    if (!listener.find("port")) listener.fault("port", "is missing; 9464 for example");
    listener.finish();
    if (l.ip.family != 0 && std::find(out.begin(), out.end(), l) != out.end()) {
      item.fault(to_string(l) + " stands twice");
    }
    out.push_back(l);
  }
}

void read_metrics_networks(SectionReader& section, std::vector<std::string>& out) {
  const auto value = section.find("metrics_networks");
  const auto items = value ? value->list() : std::nullopt;
  if (!items) return;
  for (const Value& item : *items) {
    const auto text = item.text();
    if (!text) continue;
    const auto network = parse_network(*text);
    if (network.ok()) {
      out.push_back(*text);
    } else {
      item.fault(network.error().message);
    }
  }
}

}  // namespace sluice::config
