#include "tools/loadgen/neighbours.h"

#include <algorithm>
#include <array>

namespace sluice::loadgen {
namespace {

// Deviation from RFC 1122 s2.3.2.1 (one request a second): the first check waits for the answer.
constexpr TimeNs ask_again_ns = 250 * ns_per_ms;
constexpr TimeNs refresh_ns = 30 * ns_per_s;

}  // namespace

const wire::MacAddress* Neighbours::next_hop(const IpAddress& remote, TimeNs now, Outbox& out) {
  const IpAddress& hop = local_.is_neighbour(remote) ? remote : gateway_;
  if (!hop.is_v4()) return nullptr;
  auto e = std::ranges::find(entries_, hop, &Entry::ip);
  if (e == entries_.end()) e = entries_.insert(e, Entry{.ip = hop, .mac = {}});
  if (now >= e->ask_due) ask(*e, now, out);
  return e->resolved ? &e->mac : nullptr;
}

void Neighbours::ask(Entry& e, TimeNs now, Outbox& out) {
  e.ask_due = now + ask_again_ns;
  const auto& networks = local_.networks();
  const auto from =
      std::ranges::find_if(networks, [&](const Network& n) { return n.covers(e.ip); });
  const IpAddress& own = from == networks.end() ? networks.front().ip : from->ip;
  say(wire::ArpOperation::request, own, wire::mac_broadcast, e.ip, out);
}

void Neighbours::on_frame(wire::ByteView arp_packet, TimeNs now, Outbox& out) {
  const auto arp = wire::parse_arp(arp_packet);
  if (!arp || local_.is_local(arp->sender_ip)) return;
  const auto known = std::ranges::find(entries_, arp->sender_ip, &Entry::ip);
  if (known != entries_.end()) {
    known->mac = arp->sender_mac;
    known->resolved = true;
    known->ask_due = now + refresh_ns;
  }
  if (arp->operation == wire::ArpOperation::request && local_.is_local(arp->target_ip)) {
    say(wire::ArpOperation::reply, arp->target_ip, arp->sender_mac, arp->sender_ip, out);
  }
}

void Neighbours::say(wire::ArpOperation operation, const IpAddress& from,
                     const wire::MacAddress& to_mac, const IpAddress& to, Outbox& out) const {
  std::array<uint8_t, wire::ethernet_header_length + wire::arp_length> frame;
  const std::size_t link = wire::write_ethernet(frame, to_mac, mac_, 0, wire::ether_type_arp);
  // RFC 826: the target's MAC in a request is not looked at.
  const bool request = operation == wire::ArpOperation::request;
  wire::write_arp(wire::ByteSpan(frame).subspan(link),
                  {.operation = operation,
                   .sender_mac = mac_,
                   .sender_ip = from,
                   .target_mac = request ? wire::MacAddress{} : to_mac,
                   .target_ip = to});
  out.send_frame(frame);
}

}  // namespace sluice::loadgen
