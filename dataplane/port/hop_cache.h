// One worker's frame templates. A hop is a small number that stands for (port, local address, next
// hop); fan-out keeps it in the receiver record and finds the template with one load.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/base/time.h"
#include "dataplane/packet.h"
#include "dataplane/port/frame.h"

namespace sluice::dataplane {

class Port;

inline constexpr uint16_t hops_max = 2'048;   // per worker
inline constexpr uint16_t no_hop = hops_max;  // its template is never valid
// While a hop is in use it is looked up again at least this often (answering consent checks does),
// or it is forgotten.
inline constexpr TimeNs hop_lookup_interval_max_ns = 60 * ns_per_s;

class HopCache {
 public:
  // local_udp_port: of this worker.
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
  void refresh(TimeNs now);

 private:
  struct Hop {
    IpAddress next_hop;  // family 0: unused
    uint8_t port = 0;
    uint8_t local_address = 0;
    TimeNs looked_up_at = 0;
    TimeNs requested_at = 0;
  };
  static uint32_t hash(uint8_t port, uint8_t local_address, const IpAddress& next_hop);
  uint16_t add(uint8_t port, uint8_t local_address, const IpAddress& next_hop, TimeNs now);
  void rebuild_index();
  void take_over(uint8_t port, const IpAddress& ip, const wire::MacAddress* mac);
  void read_whole(uint8_t port);

  std::span<Port* const> ports_;
  uint32_t worker_;
  std::vector<FrameTemplate> templates_;  // hops_max + 1, the last one never valid
  std::vector<Hop> hops_;
  std::vector<uint16_t> index_;         // open addressing, 2 * hops_max, no_hop = empty
  std::vector<uint32_t> seen_version_;  // per port
  uint16_t used_ = 0;
};

}  // namespace sluice::dataplane
