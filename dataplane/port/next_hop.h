// Resolves and keeps the next hops of one port: ARP (RFC 826) and neighbour discovery (RFC 4861).
// Sans-IO: time and messages are arguments, frames leave through a sink. Runs on the port's worker
// 0.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/base/time.h"
#include "common/wire/arp.h"
#include "common/wire/bytes.h"
#include "common/wire/icmpv6.h"
#include "dataplane/flat_map.h"
#include "dataplane/port/attachment.h"
#include "dataplane/port/next_hop_table.h"

namespace sluice::dataplane {

// RFC 1122 s2.3.2.1: not more than one request per second and destination.
inline constexpr TimeNs solicit_interval_ns = ns_per_s;
inline constexpr TimeNs solicit_interval_max_ns = 8 * ns_per_s;
// A resolved hop is asked again by unicast after this time, and keeps its MAC while it does not
// answer...
inline constexpr TimeNs refresh_after_ns = 30 * ns_per_s;
inline constexpr uint8_t unicast_refreshes_max = 3;  // then by broadcast or multicast
// ...until this long after it was heard last.
inline constexpr TimeNs lost_after_ns = 120 * ns_per_s;
// A hop that nobody asked for is forgotten.
inline constexpr TimeNs unused_after_ns = 600 * ns_per_s;
// Gratuitous ARP (RFC 5227 s2.3) and unsolicited advertisements (RFC 4861 s7.2.6) at start and
// link-up.
inline constexpr uint8_t announcements = 3;
inline constexpr TimeNs announce_interval_ns = ns_per_s;
// How often requests of workers are looked for.
inline constexpr TimeNs resolver_poll_interval_ns = ns_per_ms;

// Where frames go that the resolver makes. Not on the packet path.
class FrameSink {
 public:
  virtual void send(wire::ByteView frame) = 0;

 protected:
  ~FrameSink() = default;
};

enum class NeighbourVerdict : uint8_t { consumed, not_ours, malformed };

class NextHopResolver {
 public:
  NextHopResolver(const Attachment& attachment, NextHopTable& table);

  // Announces, takes the workers' requests, retries, refreshes, forgets. At any rate; does little
  // when nothing is due.
  void poll(TimeNs now, FrameSink& sink);
  // The link came up: announce again, confirm everything.
  void on_link_up(TimeNs now);
  // Answers requests for our addresses (not on a shared port), learns. malformed: it claims an
  // address of ours.
  NeighbourVerdict on_arp(const wire::Arp& arp, TimeNs now, FrameSink& sink);
  NeighbourVerdict on_neighbor(const wire::Ipv6View& ip, const wire::Neighbor& message, TimeNs now,
                               FrameSink& sink);

  uint32_t known() const { return static_cast<uint32_t>(index_.size()); }

 private:
  enum class State : uint8_t { unused, incomplete, resolved };
  struct Entry {
    IpAddress ip;
    wire::MacAddress mac;
    State state = State::unused;
    bool wanted = false;  // a worker asked, or it is a gateway; else only learned
    bool gateway = false;
    uint8_t attempts = 0;  // since it was heard last
    TimeNs heard_at = 0;
    TimeNs wanted_at = 0;
    TimeNs due = 0;  // when to ask (again)
  };

  Entry* find(const IpAddress& ip);
  // A fresh entry, at the cost of the oldest one that was never asked for; null when full.
  Entry* add(const IpAddress& ip);
  void forget(Entry& e);
  void want(const IpAddress& ip, TimeNs now);
  bool learn(const IpAddress& ip, const wire::MacAddress& mac, bool add_it, TimeNs now);
  // A known neighbour has told its MAC.
  void hear(Entry& e, const wire::MacAddress& mac, TimeNs now);
  void on_solicitation(const wire::Ipv6View& ip, const wire::Neighbor& message, FrameSink& sink);
  bool on_advertisement(const wire::Neighbor& message, TimeNs now);
  void tend(Entry& e, TimeNs now, FrameSink& sink);
  void solicit(const Entry& e, bool unicast, FrameSink& sink);
  void announce(FrameSink& sink);
  void publish(const Entry& e);
  void due_by(TimeNs t) { next_due_ = std::min(next_due_, t); }

  struct IpHash {
    uint64_t operator()(const IpAddress& ip) const;
  };
  const Attachment& attachment_;
  NextHopTable& table_;
  std::vector<Entry> entries_;
  FlatMap<IpAddress, uint32_t, IpHash> index_;
  uint32_t used_ = 0;  // entries [0, used_) may be in use
  uint8_t announcements_left_ = announcements;
  TimeNs announce_due_ = 0;
  TimeNs next_due_ = 0;  // of the entries
  TimeNs next_poll_ = 0;
};

}  // namespace sluice::dataplane
