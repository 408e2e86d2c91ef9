// One worker's frame templates. A hop is a small number that stands for (port, local address and
// UDP port, next hop); fan-out keeps it in the receiver record and finds the template with one
// load.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/time.h"
#include "dataplane/flat_map.h"
#include "dataplane/packet.h"
#include "dataplane/port/frame.h"
#include "dataplane/port/next_hop_table.h"

namespace sluice::dataplane {

class Port;

inline constexpr uint16_t hops_max = 2'048;   // per worker
inline constexpr uint16_t no_hop = hops_max;  // its template is never valid
// While a hop is in use it is looked up again at least this often (answering consent checks does),
// or it is forgotten.
inline constexpr TimeNs hop_lookup_interval_max_ns = 60 * ns_per_s;
// A hop that is looked up renews its request to the resolver this often.
inline constexpr TimeNs hop_request_interval_ns = 30 * ns_per_s;

class HopCache {
 public:
  HopCache(std::span<Port* const> ports, uint32_t worker);

  // The hop toward flow's remote address from its local address. Asks for resolution and keeps it
  // alive. no_hop: no route, or more than hops_max in use. The number stays the same while it is
  // looked up in time.
  uint16_t lookup(const Flow& flow, TimeNs now);
  // Null while unresolved.
  const FrameTemplate* template_of(uint16_t hop) const {
    const FrameTemplate* t = &templates_[hop];
    return t->valid() ? t : nullptr;
  }
  // Takes over what worker 0 has resolved since. Once per loop: one load per port when nothing
  // changed.
  void refresh();

 private:
  struct Key {
    IpAddress next_hop;
    uint8_t port = 0;
    uint8_t local_address = 0;
    uint16_t local_port = 0;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    uint64_t operator()(const Key& k) const;
  };
  struct Hop {
    Key key;  // family 0: unused
    TimeNs looked_up_at = 0;
    TimeNs request_due = 0;
  };
  // What a port's table said when it was read last.
  struct Seen {
    uint32_t version = 0;
    std::array<uint32_t, NextHopTable::capacity> entry_versions{};
    std::array<IpAddress, NextHopTable::capacity> entry_ips{};
  };

  uint16_t add(const Key& key, TimeNs now);
  void forget_unused(TimeNs now);
  // Builds or clears the template of a hop by what the table says now.
  void resolve(uint16_t hop);
  void resolve_all(uint8_t port, const IpAddress& next_hop);
  void take_over(uint8_t port);

  std::span<Port* const> ports_;
  uint32_t worker_;
  std::vector<FrameTemplate> templates_;  // hops_max + 1, the last one never valid
  std::vector<Hop> hops_;
  FlatMap<Key, uint16_t, KeyHash> index_;
  std::vector<Seen> seen_;
};

}  // namespace sluice::dataplane
