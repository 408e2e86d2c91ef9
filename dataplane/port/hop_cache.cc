#include "dataplane/port/hop_cache.h"

#include "dataplane/port/port.h"

namespace sluice::dataplane {

uint64_t HopCache::KeyHash::operator()(const Key& k) const {
  uint64_t w[2];
  std::memcpy(w, k.next_hop.bytes.data(), sizeof w);
  const uint64_t place = k.local_port * 65'536ull + k.port * 256u + k.local_address;
  return (w[0] * 0x9e3779b97f4a7c15ULL ^ w[1] ^ place) * 0xbf58476d1ce4e5b9ULL;
}

HopCache::HopCache(std::span<Port* const> ports, uint32_t worker)
    : ports_(ports),
      worker_(worker),
      templates_(hops_max + 1),
      hops_(hops_max),
      index_(hops_max),
      seen_(ports.size()) {}

uint16_t HopCache::lookup(const Flow& flow, TimeNs now) {
  if (flow.port >= ports_.size()) return no_hop;
  Port& port = *ports_[flow.port];
  const IpAddress next_hop = port.attachment().next_hop_of(remote_of(flow).ip);
  if (next_hop.family == 0 || flow.local_address >= port.attachment().addresses.size())
    return no_hop;
  const Key key{next_hop, flow.port, flow.local_address, flow.local_port};
  const uint16_t* known = index_.find(key);
  const uint16_t hop = known != nullptr ? *known : add(key, now);
  if (hop == no_hop) return no_hop;
  Hop& h = hops_[hop];
  h.looked_up_at = now;
  // A full request ring is tried again with the next lookup.
  if (now >= h.request_due && port.next_hops().request(worker_, next_hop)) {
    h.request_due = now + hop_request_interval_ns;
  }
  return hop;
}

uint16_t HopCache::add(const Key& key, TimeNs now) {
  if (index_.size() == hops_max) forget_unused(now);
  for (uint16_t i = 0; i < hops_max; ++i) {
    if (hops_[i].key.next_hop.family != 0) continue;
    hops_[i] = {.key = key};
    index_.insert(key, i);
    resolve(i);
    return i;
  }
  return no_hop;
}

void HopCache::forget_unused(TimeNs now) {
  for (uint16_t i = 0; i < hops_max; ++i) {
    if (now - hops_[i].looked_up_at < 2 * hop_lookup_interval_max_ns) continue;
    index_.erase(hops_[i].key);
    hops_[i] = {};
    templates_[i] = {};
  }
}

void HopCache::resolve(uint16_t hop) {
  const Key& key = hops_[hop].key;
  const Port& port = *ports_[key.port];
  const NextHopTable& table = port.next_hops();
  templates_[hop] = {};
  NextHop found;
  for (uint32_t i = 0; i < table.used(); ++i) {
    if (!table.read(i, found) || found.ip != key.next_hop || !found.resolved) continue;
    templates_[hop] = make_frame_template(port.attachment(), key.port, key.local_address,
                                          key.local_port, found.mac, port.udp_offload());
    return;
  }
}

void HopCache::resolve_all(uint8_t port, const IpAddress& next_hop) {
  const auto addresses = static_cast<uint8_t>(ports_[port]->attachment().addresses.size());
  for (uint32_t w = 0; w < ports_[port]->workers(); ++w) {
    for (uint8_t a = 0; a < addresses; ++a) {
      const uint16_t* hop = index_.find({next_hop, port, a, ports_[port]->udp_port_of(w)});
      if (hop != nullptr) resolve(*hop);
    }
  }
}

void HopCache::take_over(uint8_t port) {
  const NextHopTable& table = ports_[port]->next_hops();
  Seen& seen = seen_[port];
  const uint32_t version = table.version();
  bool whole = true;
  for (uint32_t i = 0; i < table.used(); ++i) {
    const uint32_t entry_version = table.version_of(i);
    if (entry_version == seen.entry_versions[i]) continue;
    NextHop now_there;
    if (!table.read(i, now_there)) {
      whole = false;
      continue;
    }
    const IpAddress before = seen.entry_ips[i];
    seen.entry_versions[i] = entry_version;
    seen.entry_ips[i] = now_there.ip;
    if (before.family != 0 && before != now_there.ip) resolve_all(port, before);
    if (now_there.ip.family != 0) resolve_all(port, now_there.ip);
  }
  if (whole) seen.version = version;
}

void HopCache::refresh() {
  for (uint8_t p = 0; p < ports_.size(); ++p) {
    if (ports_[p]->next_hops().version() != seen_[p].version) take_over(p);
  }
}

}  // namespace sluice::dataplane
