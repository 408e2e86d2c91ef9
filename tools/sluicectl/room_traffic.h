// Which rooms carry how much: the control plane knows whose endpoints are in which room, the region
// knows what went through each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "admin.pb.h"
#include "common/shm/region.h"

namespace sluice::ctl {

// Bytes of media since the endpoint began: what came from it, and what was sent to it.
struct EndpointBytes {
  uint64_t rx = 0;
  uint64_t tx = 0;
};
// By EndpointRecord::id, which is never used twice.
using TrafficLook = std::unordered_map<uint64_t, EndpointBytes>;

// Of every live endpoint: one pass over endpoints and streams.
TrafficLook traffic_of(shm::Region& region);

struct RoomTraffic {
  const schema::RoomList::Room* room;  // of the list
  double rx_bits_per_s = 0;
  double tx_bits_per_s = 0;
};

// The rooms of the list that carried most between the two looks, both ways together, the busiest
// first; where that is the same, the fuller one. `count` at most. An endpoint that was not there
// before has brought all its bytes since; of one that seems to have shrunk nothing counts.
std::vector<RoomTraffic> busiest(const schema::RoomList& list, const TrafficLook& before,
                                 const TrafficLook& after, double seconds, std::size_t count);

}  // namespace sluice::ctl
