// Where everything lies in the region's two files, derived from the capacities alone.
//
//   tables: RegionHeader | DataplaneStatus | ControlStatus | WorkerStatus[workers]
//           | Endpoint[] | Track[] | Stream[] | Subscription[] | SubscriptionState[] |
//           Negotiation[] | per worker: news, inject, event, punt[3] rings (RingHead, then the
//           records)
//   keys:   KeysHeader | EndpointKeyCell[endpoints]
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "common/shm/messages.h"

namespace sluice::shm {

inline constexpr uint64_t region_magic = 0x31454349'554c5300;  // "\0SLUICE1", little endian
inline constexpr uint64_t keys_magic = 0x3159454b'554c5300;    // "\0SLUKEY1", little endian
inline constexpr uint32_t region_abi = 2;
inline constexpr std::size_t workers_max = 32;
inline constexpr uint32_t slots_max = 1u << 24;    // of one table
inline constexpr uint32_t records_max = 1u << 20;  // of one ring

// All capacities, from the configuration. Rings are per worker and powers of two.
struct Capacities {
  uint32_t workers = 1;
  uint32_t endpoints = 1'024;
  uint32_t tracks = 2'048;
  uint32_t streams = 16'384;
  uint32_t subscriptions = 16'384;
  uint32_t news = 16'384;
  uint32_t inject = 1'024;
  uint32_t events = 4'096;
  uint32_t punt_endpoint = 1'024;
  uint32_t punt_invited = 512;
  uint32_t punt_stranger = 256;
  uint32_t reserved = 0;
  bool operator==(const Capacities&) const = default;
};

// Names what is out of range: zero, too large (workers_max, slots_max, records_max), rings not a
// power of two.
Status validate_capacities(const Capacities& c);

// Slots of a table; 0 for TableId::none. Negotiations: as many as there can be publishers, and some
// kinds of receivers.
uint32_t slot_count(const Capacities& c, TableId table);

// Byte offsets, each 64-byte aligned.
struct Layout {
  uint64_t dataplane_status, control_status, worker_status;
  uint64_t endpoints, tracks, streams, subscriptions, subscription_states, negotiations;
  uint64_t rings;         // of worker 0
  uint64_t rings_stride;  // bytes per worker
  // Of the ring heads from the start of a worker's rings; the records follow each head.
  uint64_t news, inject, events, punt[punt_class_count];
  uint64_t tables_size;  // whole file
  uint64_t keys_size;    // whole keys file
};
Layout layout_of(const Capacities& c);
// Of sizes, alignments and offsets of every shared struct and the names of the counters: differs
// when two binaries disagree.
uint64_t layout_hash();

struct RegionPart {
  const char* name;
  uint64_t count;  // slots, records or blocks
  uint64_t bytes;
};
// What the two files are made of; together they are as large as both.
std::array<RegionPart, 8> parts_of(const Capacities& c, const Layout& l);

struct alignas(64) RegionHeader {
  uint64_t magic;
  uint32_t abi;
  uint32_t header_size;
  uint64_t hash;
  uint64_t tables_size;
  uint64_t keys_size;
  uint64_t region_id;  // random; the same in both files
  Capacities capacities;
  alignas(64) std::atomic<uint32_t> ready;
};
static_assert(sizeof(RegionHeader) == 192);

struct alignas(64) KeysHeader {
  uint64_t magic;
  uint32_t abi;
  uint32_t header_size;
  uint64_t hash;
  uint64_t keys_size;
  uint64_t region_id;
};
static_assert(sizeof(KeysHeader) == 64);

}  // namespace sluice::shm
