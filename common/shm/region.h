// The region: two files on tmpfs, created, fully allocated and sized by the data plane, mapped by
// both planes.
//
// Offsets, never pointers (layout.h). The ready word is stored last by the creator; a reader
// answers ready, not yet, incompatible. Beside the two files lie two lock files, dataplane.lock and
// control.lock, each held for the life of its process; they are never removed, or two holders could
// hold two different files of one name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/base/types.h"
#include "common/shm/endpoint.h"
#include "common/shm/file_lock.h"
#include "common/shm/layout.h"
#include "common/shm/mapping.h"
#include "common/shm/messages.h"
#include "common/shm/negotiation.h"
#include "common/shm/ring.h"
#include "common/shm/status.h"
#include "common/shm/stream.h"
#include "common/shm/subscription.h"
#include "common/shm/track.h"

namespace sluice::shm {

enum class Readiness { ready, not_yet, incompatible };

// The rings of one worker.
struct WorkerRings {
  Ring<News> news;
  Ring<Inject> inject;
  Ring<Event> events;
  Ring<Punt> punt[punt_class_count];
};

enum class Access {
  create,     // data plane: creates the files or adopts compatible ones; takes the exclusive
              // data-plane lock
  control,    // control plane: maps both files read-write; takes the exclusive control lock
  read_only,  // tools: maps tables read-only, never keys; works on a dead daemon's region
};

// A mapped region. Movable through unique_ptr only; unmaps and unlocks at destruction, never
// removes files.
class Region {
 public:
  // create: capacities are used when the files do not exist; existing ones must equal them, unless
  // no control plane holds the region and nothing in it is live: then it is made anew. Adopting
  // keeps the tables and the rings and steps DataplaneStatus::incarnation; pid is set too. Errors
  // name the file and the remedy.
  static Result<std::unique_ptr<Region>> open(const std::string& directory, Access access,
                                              const Capacities& capacities = {});
  // For `control` and `read_only`: whether open() could succeed now. `why` says what is
  // incompatible.
  static Readiness probe(const std::string& directory, std::string* why = nullptr);
  // Both locks must be free. Removes the two files.
  static Status remove(const std::string& directory);

  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  const RegionHeader& header() const { return *header_; }
  const std::string& directory() const { return directory_; }
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
  SubscriptionState& subscription_state(uint32_t i) { return subscription_states_[i]; }
  Negotiation& negotiation(uint32_t i) { return negotiations_[i]; }
  // The head of any slot; the table must not be `none`.
  SlotHead& head(TableId table, uint32_t i);
  // Only with access create or control.
  bool has_keys() const { return keys_ != nullptr; }
  EndpointKeyCell& keys(uint32_t endpoint) { return keys_[endpoint]; }
  WorkerRings rings(uint32_t worker);

  // Is a data plane (control plane) alive, by its lock? Looks without taking it. True when that
  // cannot be found out.
  static bool dataplane_alive(const std::string& directory);
  static bool control_alive(const std::string& directory);

 private:
  Region() = default;
  Status attach(const std::string& directory, Access access, const Capacities& capacities);
  bool any_live();
  Status check_rings();
  static Status make_room(const std::string& directory, const Capacities& wanted);

  std::string directory_;
  Capacities capacities_;
  Layout layout_{};
  bool adopted_ = false;
  FileLock lock_;
  Mapping tables_;
  Mapping keys_file_;
  RegionHeader* header_ = nullptr;
  DataplaneStatus* dataplane_ = nullptr;
  ControlStatus* control_ = nullptr;
  WorkerStatus* workers_ = nullptr;
  Endpoint* endpoints_ = nullptr;
  Track* tracks_ = nullptr;
  Stream* streams_ = nullptr;
  Subscription* subscriptions_ = nullptr;
  SubscriptionState* subscription_states_ = nullptr;
  Negotiation* negotiations_ = nullptr;
  EndpointKeyCell* keys_ = nullptr;
};

}  // namespace sluice::shm
