#include "common/shm/layout.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "common/shm/endpoint.h"
#include "common/shm/ring.h"
#include "common/shm/status.h"
#include "common/shm/stream.h"
#include "common/shm/subscription.h"
#include "common/shm/track.h"

namespace sluice::shm {
namespace {

// One writer per cache line: what a worker writes never shares a line with what control writes.
template <class Row>
constexpr bool writers_apart() {
  return offsetof(Row, state) % 64 == 0 && sizeof(Row) % 64 == 0 && alignof(Row) == 64 &&
         offsetof(Row, head) == 0;
}
static_assert(writers_apart<Endpoint>() && writers_apart<Track>());
static_assert(writers_apart<Stream>());
// Fan-out writes one line per receiver.
static_assert(sizeof(Stream) == offsetof(Stream, state) + 64);
static_assert(sizeof(ControlStatus) % 64 == 0 && sizeof(DataplaneStatus) % 64 == 0);
static_assert(sizeof(WorkerStatus) % 64 == 0 && offsetof(WorkerStatus, snapshot) % 64 == 0);
static_assert(offsetof(RingHead, head) % 64 == 0 && offsetof(RingHead, capacity) % 64 == 0);
// Shared words must be plain loads and stores: a lock inside std::atomic would be private to a
// process.
static_assert(std::atomic<uint64_t>::is_always_lock_free);
static_assert(std::atomic<uint32_t>::is_always_lock_free);
static_assert(std::atomic<SubscriptionPhase>::is_always_lock_free);
static_assert(sizeof(std::atomic<uint64_t>) == 8 && sizeof(std::atomic<uint32_t>) == 4);
static_assert(std::endian::native == std::endian::little);

struct Range {
  const char* name;
  uint32_t value;
  uint32_t max;
  bool power_of_two;
};

// Lays one thing behind the other, each on a cache line of its own.
class Cursor {
 public:
  explicit Cursor(uint64_t at) : at_(at) {}
  uint64_t take(uint64_t size, uint64_t count) {
    const uint64_t start = at_;
    at_ += (size * count + 63) / 64 * 64;
    return start;
  }
  template <class T>
  uint64_t take_ring(uint64_t capacity) {
    const uint64_t start = take(sizeof(RingHead), 1);
    take(sizeof(T), capacity);
    return start;
  }
  uint64_t at() const { return at_; }

 private:
  uint64_t at_;
};

}  // namespace

Status validate_capacities(const Capacities& c) {
  const Range ranges[] = {
      {"workers", c.workers, workers_max, false},
      {"endpoints", c.endpoints, slots_max, false},
      {"tracks", c.tracks, slots_max, false},
      {"streams", c.streams, slots_max, false},
      {"subscriptions", c.subscriptions, slots_max, false},
      {"news", c.news, records_max, true},
      {"inject", c.inject, records_max, true},
      {"events", c.events, records_max, true},
      {"punt_endpoint", c.punt_endpoint, records_max, true},
      {"punt_invited", c.punt_invited, records_max, true},
      {"punt_stranger", c.punt_stranger, records_max, true},
  };
  for (const Range& r : ranges) {
    if (r.value == 0 || r.value > r.max) {
      return Error{"capacity " + std::string(r.name) + " is " + std::to_string(r.value) +
                   "; it must be 1.." + std::to_string(r.max)};
    }
    if (r.power_of_two && !std::has_single_bit(r.value)) {
      return Error{"capacity " + std::string(r.name) + " is " + std::to_string(r.value) +
                   "; a ring needs a power of two, such as " +
                   std::to_string(std::bit_ceil(r.value))};
    }
  }
  return {};
}

uint32_t slot_count(const Capacities& c, TableId table) {
  switch (table) {
    case TableId::endpoint:
      return c.endpoints;
    case TableId::track:
      return c.tracks;
    case TableId::stream:
      return c.streams;
    case TableId::subscription:
      return c.subscriptions;
    case TableId::negotiation:
      return std::min({c.endpoints, c.tracks + receive_negotiations_max, negotiations_max - 64}) +
             64;
    case TableId::none:
      break;
  }
  return 0;
}

Layout layout_of(const Capacities& c) {
  Layout l{};
  Cursor file(sizeof(RegionHeader));
  l.dataplane_status = file.take(sizeof(DataplaneStatus), 1);
  l.control_status = file.take(sizeof(ControlStatus), 1);
  l.worker_status = file.take(sizeof(WorkerStatus), c.workers);
  l.endpoints = file.take(sizeof(Endpoint), c.endpoints);
  l.tracks = file.take(sizeof(Track), c.tracks);
  l.streams = file.take(sizeof(Stream), c.streams);
  l.subscriptions = file.take(sizeof(Subscription), c.subscriptions);
  l.subscription_states = file.take(sizeof(SubscriptionState), c.subscriptions);
  l.negotiations = file.take(sizeof(Negotiation), slot_count(c, TableId::negotiation));
  Cursor ring(0);
  l.news = ring.take_ring<News>(c.news);
  l.inject = ring.take_ring<Inject>(c.inject);
  l.events = ring.take_ring<Event>(c.events);
  const uint32_t punts[punt_class_count] = {c.punt_endpoint, c.punt_invited, c.punt_stranger};
  for (std::size_t i = 0; i < punt_class_count; ++i) l.punt[i] = ring.take_ring<Punt>(punts[i]);
  l.rings_stride = ring.at();
  l.rings = file.take(l.rings_stride, c.workers);
  l.tables_size = file.at();
  Cursor keys(sizeof(KeysHeader));
  keys.take(sizeof(EndpointKeyCell), c.endpoints);
  l.keys_size = keys.at();
  return l;
}

std::array<RegionPart, 8> parts_of(const Capacities& c, const Layout& l) {
  return {{
      {"status", 2 + c.workers, l.endpoints},
      {"endpoints", c.endpoints, l.tracks - l.endpoints},
      {"tracks", c.tracks, l.streams - l.tracks},
      {"streams", c.streams, l.subscriptions - l.streams},
      {"subscriptions", c.subscriptions, l.negotiations - l.subscriptions},
      {"negotiations", slot_count(c, TableId::negotiation), l.rings - l.negotiations},
      {"rings", c.workers * (3 + punt_class_count), l.tables_size - l.rings},
      {"keys", c.endpoints, l.keys_size},
  }};
}

}  // namespace sluice::shm
