#include "tools/sluicectl/room_traffic.h"

#include <algorithm>
#include <tuple>

#include "common/shm/live_record.h"

namespace sluice::ctl {

namespace {

// A record lies there in two copies, so a reader fails only when it is overtaken twice in one read.
constexpr int read_tries = 100;

template <class Row>
bool read(const Row& row, typename Row::Record& record, Generation& generation) {
  auto found = shm::SlotRead::busy;
  for (int i = 0; i < read_tries && found == shm::SlotRead::busy; ++i) {
    found = shm::read_live(row, record, generation);
  }
  // Else no worker has taken this use of the slot over: the numbers are another's.
  return found == shm::SlotRead::live &&
         row.state.generation.load(std::memory_order_acquire) == generation.value();
}

uint64_t grown(uint64_t from, uint64_t to) {
  return to > from ? to - from : 0;
}

}  // namespace

TrafficLook traffic_of(shm::Region& region) {
  struct Found {
    uint32_t generation = 0;  // 0 = nothing there
    EndpointBytes* bytes = nullptr;
  };
  const shm::Capacities& c = region.capacities();
  TrafficLook look;
  std::vector<Found> by_slot(c.endpoints);
  Generation generation;
  shm::EndpointRecord endpoint;
  for (uint32_t i = 0; i < c.endpoints; ++i) {
    const shm::Endpoint& row = region.endpoint(i);
    if (!read(row, endpoint, generation)) continue;
    EndpointBytes& bytes = look[endpoint.id];  // stays where it is when others come
    bytes.rx = row.state.rx_bytes.load(std::memory_order_acquire);
    by_slot[i] = {generation.value(), &bytes};
  }
  shm::StreamRecord stream;
  for (uint32_t i = 0; i < c.streams; ++i) {
    const shm::Stream& row = region.stream(i);
    if (!read(row, stream, generation) || stream.endpoint.slot >= c.endpoints) continue;
    const Found& of = by_slot[stream.endpoint.slot];
    if (of.bytes == nullptr || of.generation != stream.endpoint.generation) continue;
    of.bytes->tx += row.state.bytes.load(std::memory_order_acquire);
  }
  return look;
}

std::vector<RoomTraffic> busiest(const schema::RoomList& list, const TrafficLook& before,
                                 const TrafficLook& after, double seconds, std::size_t count) {
  std::vector<RoomTraffic> rooms;
  rooms.reserve(static_cast<std::size_t>(list.rooms_size()));
  for (const auto& room : list.rooms()) {
    EndpointBytes bytes;
    for (const uint64_t id : room.endpoint_ids()) {
      const auto to = after.find(id);
      if (to == after.end()) continue;
      const auto from = before.find(id);
      const EndpointBytes had = from == before.end() ? EndpointBytes{} : from->second;
      bytes.rx += grown(had.rx, to->second.rx);
      bytes.tx += grown(had.tx, to->second.tx);
    }
    const double bits_per_byte_s = 8 / seconds;
    rooms.push_back({&room, static_cast<double>(bytes.rx) * bits_per_byte_s,
                     static_cast<double>(bytes.tx) * bits_per_byte_s});
  }
  const auto rank = [](const RoomTraffic& r) {
    return std::tuple(-(r.rx_bits_per_s + r.tx_bits_per_s), -r.room->participants_size());
  };
  const auto end = rooms.begin() + static_cast<std::ptrdiff_t>(std::min(count, rooms.size()));
  std::partial_sort(rooms.begin(), end, rooms.end(), [&](const auto& a, const auto& b) {
    return rank(a) != rank(b) ? rank(a) < rank(b) : a.room->meeting_id() < b.room->meeting_id();
  });
  rooms.erase(end, rooms.end());
  return rooms;
}

}  // namespace sluice::ctl
