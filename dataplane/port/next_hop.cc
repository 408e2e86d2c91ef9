#include "dataplane/port/next_hop.h"

#include <limits>

#include "dataplane/port/neighbour_frame.h"

namespace sluice::dataplane {
namespace {

constexpr TimeNs never = std::numeric_limits<TimeNs>::max();
constexpr IpAddress all_nodes{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 6, {}};

bool is_unspecified(const IpAddress& ip) {
  return ip.bytes == IpAddress{}.bytes;
}

bool is_group(const IpAddress& ip) {
  return ip.is_v4() ? ip.bytes[0] >= 224 : ip.bytes[0] == 0xff;
}

}  // namespace

uint64_t NextHopResolver::IpHash::operator()(const IpAddress& ip) const {
  uint64_t w[2];
  std::memcpy(w, ip.bytes.data(), sizeof w);
  return (w[0] * 0x9e3779b97f4a7c15ULL ^ w[1]) * 0xbf58476d1ce4e5b9ULL;
}

NextHopResolver::NextHopResolver(const Attachment& attachment, NextHopTable& table)
    : attachment_(attachment),
      table_(table),
      entries_(NextHopTable::capacity),
      index_(NextHopTable::capacity) {}

NextHopResolver::Entry* NextHopResolver::find(const IpAddress& ip) {
  const uint32_t* i = index_.find(ip);
  return i != nullptr ? &entries_[*i] : nullptr;
}

NextHopResolver::Entry* NextHopResolver::add(const IpAddress& ip) {
  Entry* place = nullptr;
  for (Entry& e : entries_) {
    if (e.state == State::unused) {
      place = &e;
      break;
    }
    if (!e.wanted && (place == nullptr || e.heard_at < place->heard_at)) place = &e;
  }
  if (place == nullptr) return nullptr;
  if (place->state != State::unused) forget(*place);
  const auto i = static_cast<uint32_t>(place - entries_.data());
  *place = {.ip = ip, .mac = {}, .state = State::incomplete};
  index_.insert(ip, i);
  used_ = std::max(used_, i + 1);
  return place;
}

void NextHopResolver::forget(Entry& e) {
  index_.erase(e.ip);
  e = {};
  publish(e);
}

void NextHopResolver::publish(const Entry& e) {
  const auto i = static_cast<uint32_t>(&e - entries_.data());
  table_.publish(i, {.ip = e.ip, .mac = e.mac, .resolved = e.state == State::resolved});
}

void NextHopResolver::want(const IpAddress& ip, TimeNs now) {
  // A worker asks only for what next_hop_of() says; a request that fits nothing here is not sent to
  // the link.
  if (attachment_.source_index_for(ip) == no_local_address || is_group(ip)) return;
  Entry* e = find(ip);
  if (e == nullptr) {
    e = add(ip);
    if (e == nullptr) return;
    e->due = now;
    due_by(now);
  }
  e->wanted = true;
  e->wanted_at = now;
}

void NextHopResolver::hear(Entry& e, const wire::MacAddress& mac, TimeNs now) {
  const bool news = e.state != State::resolved || e.mac != mac;
  e.mac = mac;
  e.state = State::resolved;
  e.attempts = 0;
  e.heard_at = now;
  e.due = now + refresh_after_ns;
  due_by(e.due);
  if (news) publish(e);
}

bool NextHopResolver::learn(const IpAddress& ip, const wire::MacAddress& mac, bool add_it,
                            TimeNs now) {
  if (mac.is_multicast() || mac == wire::MacAddress{} || is_unspecified(ip) || is_group(ip)) {
    return false;
  }
  Entry* e = find(ip);
  if (e == nullptr && add_it && attachment_.next_hop_of(ip) == ip) e = add(ip);
  if (e == nullptr) return false;
  hear(*e, mac, now);
  return true;
}

NeighbourVerdict NextHopResolver::on_arp(const wire::Arp& arp, TimeNs now, FrameSink& sink) {
  const bool ours = attachment_.local_index(4, arp.target_ip.bytes.data()) != no_local_address;
  if (attachment_.local_index(4, arp.sender_ip.bytes.data()) != no_local_address) {
    return arp.sender_mac == attachment_.mac ? NeighbourVerdict::not_ours
                                             : NeighbourVerdict::malformed;
  }
  // RFC 826: an entry that exists is always updated, a new one made when the packet is for us.
  const bool learned = learn(arp.sender_ip, arp.sender_mac, ours, now);
  if (attachment_.shared_with_kernel) return NeighbourVerdict::not_ours;
  if (ours && arp.operation == wire::ArpOperation::request) {
    sink.send(NeighbourFrame(attachment_, arp.sender_mac,
                             {.operation = wire::ArpOperation::reply,
                              .sender_mac = attachment_.mac,
                              .sender_ip = arp.target_ip,
                              .target_mac = arp.sender_mac,
                              .target_ip = arp.sender_ip})
                  .bytes());
  }
  return ours || learned ? NeighbourVerdict::consumed : NeighbourVerdict::not_ours;
}

NeighbourVerdict NextHopResolver::on_neighbor(const wire::Ipv6View& ip,
                                              const wire::Neighbor& message, TimeNs now,
                                              FrameSink& sink) {
  const IpAddress source = ip.source();
  if (attachment_.local_index(6, source.bytes.data()) != no_local_address) {
    return message.has_mac && message.mac != attachment_.mac ? NeighbourVerdict::malformed
                                                             : NeighbourVerdict::not_ours;
  }
  const bool ours = attachment_.local_index(6, message.target.bytes.data()) != no_local_address;
  bool learned = false;
  if (message.is_advertisement) {
    if (ours) return NeighbourVerdict::malformed;  // somebody else claims our address
    learned = on_advertisement(message, now);
  } else if (message.has_mac) {
    learned = learn(source, message.mac, ours, now);
  }
  if (attachment_.shared_with_kernel) return NeighbourVerdict::not_ours;
  if (ours) on_solicitation(ip, message, sink);
  return ours || learned ? NeighbourVerdict::consumed : NeighbourVerdict::not_ours;
}

void NextHopResolver::on_solicitation(const wire::Ipv6View& ip, const wire::Neighbor& message,
                                      FrameSink& sink) {
  const IpAddress source = ip.source();
  // RFC 4861 s7.2.4: duplicate address detection (no source) is answered to all nodes.
  const bool detection = is_unspecified(source);
  wire::MacAddress to = message.mac;
  if (detection) {
    to = wire::ipv6_multicast_mac(all_nodes);
  } else if (!message.has_mac) {
    const Entry* e = find(source);
    if (e == nullptr || e->state != State::resolved) return;
    to = e->mac;
  }
  sink.send(NeighbourFrame(attachment_, to, message.target, detection ? all_nodes : source,
                           {.is_advertisement = true,
                            .solicited = !detection,
                            .override = true,
                            .has_mac = true,
                            .target = message.target,
                            .mac = attachment_.mac})
                .bytes());
}

bool NextHopResolver::on_advertisement(const wire::Neighbor& message, TimeNs now) {
  Entry* e = find(message.target);
  if (e == nullptr) return false;
  if (!message.has_mac) {
    // RFC 4861 s7.2.5: a solicited answer without the option confirms what is known.
    if (e->state == State::resolved && message.solicited) hear(*e, e->mac, now);
    return true;
  }
  if (e->state == State::resolved && e->mac != message.mac && !message.override) {
    e->due = now;  // in doubt: ask
    due_by(now);
    return true;
  }
  return learn(message.target, message.mac, false, now);
}

void NextHopResolver::on_link_up(TimeNs now) {
  announcements_left_ = announcements;
  announce_due_ = now;
  for (Entry& e : entries_) e.due = std::min(e.due, now);
  next_due_ = now;
  next_poll_ = now;
}

void NextHopResolver::announce(FrameSink& sink) {
  for (const auto& a : attachment_.addresses) {
    if (a.ip.is_v4()) {
      sink.send(NeighbourFrame(attachment_, wire::mac_broadcast,
                               {.operation = wire::ArpOperation::request,
                                .sender_mac = attachment_.mac,
                                .sender_ip = a.ip,
                                .target_mac = {},
                                .target_ip = a.ip})
                    .bytes());
    } else {
      sink.send(NeighbourFrame(attachment_, wire::ipv6_multicast_mac(all_nodes), a.ip, all_nodes,
                               {.is_advertisement = true,
                                .override = true,
                                .has_mac = true,
                                .target = a.ip,
                                .mac = attachment_.mac})
                    .bytes());
    }
  }
}

void NextHopResolver::solicit(const Entry& e, bool unicast, FrameSink& sink) {
  const auto from = static_cast<std::size_t>(attachment_.source_index_for(e.ip));
  const IpAddress& source = attachment_.addresses[from].ip;
  if (e.ip.is_v4()) {
    sink.send(NeighbourFrame(attachment_, unicast ? e.mac : wire::mac_broadcast,
                             {.operation = wire::ArpOperation::request,
                              .sender_mac = attachment_.mac,
                              .sender_ip = source,
                              .target_mac = {},
                              .target_ip = e.ip})
                  .bytes());
    return;
  }
  const IpAddress group = wire::solicited_node(e.ip);
  sink.send(NeighbourFrame(attachment_, unicast ? e.mac : wire::ipv6_multicast_mac(group), source,
                           unicast ? e.ip : group,
                           {.has_mac = true, .target = e.ip, .mac = attachment_.mac})
                .bytes());
}

void NextHopResolver::tend(Entry& e, TimeNs now, FrameSink& sink) {
  const TimeNs last_use = e.gateway ? now : std::max(e.wanted_at, e.heard_at);
  if (now - last_use > unused_after_ns) return forget(e);
  if (e.due > now) return;
  const bool in_use = e.gateway || (e.wanted && now - e.wanted_at < lost_after_ns);
  if (!in_use) {
    if (e.state == State::incomplete) return forget(e);
    e.due = now + refresh_after_ns;
    return;
  }
  if (e.state == State::resolved && now - e.heard_at > lost_after_ns) {
    e.state = State::incomplete;
    e.attempts = 0;
    publish(e);
  }
  const bool unicast = e.state == State::resolved && e.attempts < unicast_refreshes_max;
  solicit(e, unicast, sink);
  // Doubling from one second: the unicast probes of a refresh count from the first of the
  // broadcasts.
  const int doublings = unicast ? 0 : e.attempts - (e.state == State::resolved ? 3 : 0);
  e.due = now + (doublings < 3 ? solicit_interval_ns << doublings : solicit_interval_max_ns);
  if (e.attempts < UINT8_MAX) e.attempts++;
}

void NextHopResolver::poll(TimeNs now, FrameSink& sink) {
  if (now < next_poll_) return;
  next_poll_ = now + resolver_poll_interval_ns;
  if (announcements_left_ > 0 && now >= announce_due_) {
    if (announcements_left_ == announcements) {
      for (const auto& g : attachment_.gateways) {
        want(g, now);
        if (Entry* e = find(g)) e->gateway = true;
      }
    }
    announcements_left_--;
    announce_due_ = now + announce_interval_ns;
    if (!attachment_.shared_with_kernel) announce(sink);
  }
  IpAddress asked;
  for (uint32_t w = 0; w < shm::workers_max; ++w) {
    while (table_.take_request(w, asked)) want(asked, now);
  }
  if (now < next_due_) return;
  next_due_ = never;
  for (uint32_t i = 0; i < used_; ++i) {
    if (entries_[i].state == State::unused) continue;
    tend(entries_[i], now, sink);
    if (entries_[i].state != State::unused) due_by(entries_[i].due);
  }
}

}  // namespace sluice::dataplane
