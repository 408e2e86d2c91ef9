// The region: two files on tmpfs, created, fully allocated and sized by the data plane, mapped by both planes.
//
//   tables: RegionHeader | DataplaneStatus | ControlStatus | WorkerStatus[workers] | Endpoint[] | Track[] | Stream[]
//           | Subscription[] | per worker: news, inject, event, punt[3] rings
//   keys:   KeysHeader | Versioned<EndpointKeys>[endpoints]
//
// Offsets, never pointers. The ready word is stored last by the creator; a reader answers ready, not yet, incompatible.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/base/types.h"
#include "common/shm/endpoint.h"
#include "common/shm/messages.h"
#include "common/shm/ring.h"
#include "common/shm/status.h"
#include "common/shm/stream.h"
#include "common/shm/subscription.h"
#include "common/shm/track.h"

namespace sluice::shm {

inline constexpr uint64_t region_magic = 0x31454349'554c5300;  // "\0SLUICE1", little endian
inline constexpr uint32_t region_abi = 1;
inline constexpr std::size_t workers_max = 32;

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

// Names what is out of range: zero, too large (workers_max, 2^24 slots, 2^20 records), rings not a power of two.
Status validate_capacities(const Capacities& c);

// Byte offsets inside the tables file, each 64-byte aligned, derived from the capacities alone.
struct Layout {
  uint64_t dataplane_status, control_status, worker_status;
  uint64_t endpoints, tracks, streams, subscriptions;
  uint64_t rings;        // of worker 0
  uint64_t rings_stride;
  uint64_t tables_size;  // whole file
  uint64_t keys_size;    // whole keys file
};
Layout layout_of(const Capacities& c);
// Of sizes, alignments and offsets of every shared struct: differs when two binaries disagree.
uint64_t layout_hash();

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

enum class Readiness { ready, not_yet, incompatible };

// The rings of one worker.
struct WorkerRings {
  Ring<News> news;
  Ring<Inject> inject;
  Ring<Event> events;
  Ring<Punt> punt[punt_class_count];
};

enum class Access {
  create,     // data plane: creates the files or adopts compatible ones; takes the exclusive data-plane lock
  control,    // control plane: maps both files read-write; takes the exclusive control lock
  read_only,  // tools: maps tables read-only, never keys; works on a dead daemon's region
};

// A mapped region. Movable through unique_ptr only; unmaps and unlocks at destruction, never removes files.
class Region {
 public:
  // create: capacities are used when the files do not exist; existing ones must equal them, unless no control plane
  // holds the region and nothing in it is live: then it is made anew. Errors name the file and the remedy.
  static Result<std::unique_ptr<Region>> open(const std::string& directory, Access access,
                                              const Capacities& capacities = {});
  // For `control` and `read_only`: whether open() could succeed now. `why` says what is incompatible.
  static Readiness probe(const std::string& directory, std::string* why = nullptr);
  // Both locks must be free. Removes the two files.
  static Status remove(const std::string& directory);

  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  const RegionHeader& header() const { return *header_; }
  const Capacities& capacities() const { return capacities_; }  // a private, validated copy
  // True when open(create) found a region to adopt: its tables are somebody's truth.
  bool adopted() const { return adopted_; }

  DataplaneStatus& dataplane() { return *dataplane_; }
  ControlStatus& control() { return *control_; }
  WorkerStatus& worker(uint32_t i) { return workers_[i]; }
  Endpoint& endpoint(uint32_t i) { return endpoints_[i]; }
  Track& track(uint32_t i) { return tracks_[i]; }
  Stream& stream(uint32_t i) { return streams_[i]; }
  Subscription& subscription(uint32_t i) { return subscriptions_[i]; }
  // Only with access create or control.
  Versioned<EndpointKeys>& keys(uint32_t endpoint) { return keys_[endpoint]; }
  WorkerRings rings(uint32_t worker);

  // Is a data plane (control plane) alive, by its lock?
  static bool dataplane_alive(const std::string& directory);
  static bool control_alive(const std::string& directory);

 private:
  Region() = default;
  friend struct RegionFiles;

  RegionHeader* header_ = nullptr;
  Capacities capacities_;
  bool adopted_ = false;
  DataplaneStatus* dataplane_ = nullptr;
  ControlStatus* control_ = nullptr;
  WorkerStatus* workers_ = nullptr;
  Endpoint* endpoints_ = nullptr;
  Track* tracks_ = nullptr;
  Stream* streams_ = nullptr;
  Subscription* subscriptions_ = nullptr;
  Versioned<EndpointKeys>* keys_ = nullptr;
  void* tables_map_ = nullptr;
  void* keys_map_ = nullptr;
  int lock_fd_ = -1;
};

}  // namespace sluice::shm
