#include "common/shm/region.h"

#include <unistd.h>

#include <utility>

#include "common/shm/region_files.h"

namespace sluice::shm {
namespace {

template <class T>
T* at(const Mapping& m, uint64_t offset) {
  return reinterpret_cast<T*>(m.data() + offset);
}

template <class T>
Ring<T> ring_at(std::byte* rings, uint64_t offset, uint64_t capacity) {
  std::byte* head = rings + offset;
  return Ring<T>(reinterpret_cast<RingHead*>(head), reinterpret_cast<T*>(head + sizeof(RingHead)),
                 capacity);
}

std::string differing(const Capacities& have, const Capacities& want) {
  struct Pair {
    const char* name;
    uint32_t have, want;
  };
  const Pair pairs[] = {{"workers", have.workers, want.workers},
                        {"endpoints", have.endpoints, want.endpoints},
                        {"tracks", have.tracks, want.tracks},
                        {"streams", have.streams, want.streams},
                        {"subscriptions", have.subscriptions, want.subscriptions},
                        {"news", have.news, want.news},
                        {"inject", have.inject, want.inject},
                        {"events", have.events, want.events},
                        {"punt_endpoint", have.punt_endpoint, want.punt_endpoint},
                        {"punt_invited", have.punt_invited, want.punt_invited},
                        {"punt_stranger", have.punt_stranger, want.punt_stranger}};
  std::string text;
  for (const Pair& p : pairs) {
    if (p.have == p.want) continue;
    if (!text.empty()) text += ", ";
    text += std::string(p.name) + " " + std::to_string(p.have) + " (configured " +
            std::to_string(p.want) + ")";
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<Region>> Region::open(const std::string& directory, Access access,
                                             const Capacities& capacities) {
  const RegionPaths paths(directory);
  std::unique_ptr<Region> region(new Region);
  Capacities found_capacities;
  if (access == Access::create) {
    if (const Status s = validate_capacities(capacities); !s) return s.error();
    if (const Status s = prepare_directory(paths); !s) return s.error();
    Result<FileLock> lock = FileLock::take(paths.dataplane_lock, "a data plane");
    if (!lock) return lock.error();
    region->lock_ = std::move(*lock);
    FoundRegion found = inspect(paths, true);
    if (found.readiness == Readiness::incompatible) return Error{found.why};
    if (found.readiness == Readiness::ready && found.capacities != capacities) {
      if (const Status s = make_room(directory, capacities); !s) return s.error();
      found = inspect(paths, true);
    }
    region->adopted_ = found.readiness == Readiness::ready;
    if (!region->adopted_) {
      // A file without its ready word is what a creator left that died: we hold its lock.
      remove_files(paths);
      if (const Status s = create_files(paths, capacities); !s) return s.error();
    } else if (const Status s = allocate_files(paths, layout_of(capacities)); !s) {
      return s.error();
    }
    found_capacities = capacities;
  } else {
    if (access == Access::control) {
      const FoundRegion early = inspect(paths, true);
      if (early.readiness != Readiness::ready) return Error{early.why};
      Result<FileLock> lock = FileLock::take(paths.control_lock, "a control plane");
      if (!lock) return lock.error();
      region->lock_ = std::move(*lock);
    }
    // Under the lock: what is found now stays, for nobody makes a region anew while it is held.
    const FoundRegion found = inspect(paths, access == Access::control);
    if (found.readiness != Readiness::ready) return Error{found.why};
    found_capacities = found.capacities;
  }
  if (const Status s = region->attach(directory, access, found_capacities); !s) return s.error();
  if (access == Access::create) {
    region->dataplane_->incarnation.store(region->dataplane_->incarnation.load() + 1);
    region->dataplane_->pid.store(static_cast<uint64_t>(getpid()));
    region->tables_.prefault();
    region->header_->ready.store(1, std::memory_order_release);
  }
  return region;
}

Status Region::attach(const std::string& directory, Access access, const Capacities& capacities) {
  const RegionPaths paths(directory);
  directory_ = directory;
  capacities_ = capacities;
  layout_ = layout_of(capacities);
  const auto mode =
      access == Access::read_only ? Mapping::Mode::read_only : Mapping::Mode::read_write;
  Result<Mapping> tables = Mapping::open(paths.tables, layout_.tables_size, mode);
  if (!tables) return tables.error();
  tables_ = std::move(*tables);
  header_ = at<RegionHeader>(tables_, 0);
  dataplane_ = at<DataplaneStatus>(tables_, layout_.dataplane_status);
  control_ = at<ControlStatus>(tables_, layout_.control_status);
  workers_ = at<WorkerStatus>(tables_, layout_.worker_status);
  endpoints_ = at<Endpoint>(tables_, layout_.endpoints);
  tracks_ = at<Track>(tables_, layout_.tracks);
  streams_ = at<Stream>(tables_, layout_.streams);
  subscriptions_ = at<Subscription>(tables_, layout_.subscriptions);
  subscription_states_ = at<SubscriptionState>(tables_, layout_.subscription_states);
  negotiations_ = at<Negotiation>(tables_, layout_.negotiations);
  if (access != Access::read_only) {
    Result<Mapping> keys = Mapping::open(paths.keys, layout_.keys_size, mode);
    if (!keys) return keys.error();
    keys_file_ = std::move(*keys);
    keys_file_.lock_in_memory();
    keys_ = at<EndpointKeyCell>(keys_file_, sizeof(KeysHeader));
  }
  return check_rings();
}

Status Region::check_rings() {
  for (uint32_t w = 0; w < capacities_.workers; ++w) {
    const std::byte* rings = tables_.data() + layout_.rings + layout_.rings_stride * w;
    const std::pair<uint64_t, uint64_t> expected[] = {{layout_.news, capacities_.news},
                                                      {layout_.inject, capacities_.inject},
                                                      {layout_.events, capacities_.events},
                                                      {layout_.punt[0], capacities_.punt_endpoint},
                                                      {layout_.punt[1], capacities_.punt_invited},
                                                      {layout_.punt[2], capacities_.punt_stranger}};
    for (const auto& [offset, capacity] : expected) {
      const uint64_t have = reinterpret_cast<const RingHead*>(rings + offset)->capacity;
      if (have != capacity) {
        return Error{directory_ + "/tables is damaged: a ring of worker " + std::to_string(w) +
                     " says " + std::to_string(have) + " records, the header " +
                     std::to_string(capacity) +
                     "; stop both daemons and remove the region's files"};
      }
    }
  }
  return {};
}

SlotHead& Region::head(TableId table, uint32_t i) {
  switch (table) {
    case TableId::endpoint:
      return endpoints_[i].head;
    case TableId::track:
      return tracks_[i].head;
    case TableId::stream:
      return streams_[i].head;
    case TableId::negotiation:
      return negotiations_[i].head;
    default:
      return subscriptions_[i].head;
  }
}

bool Region::any_live() {
  for (const TableId t :
       {TableId::endpoint, TableId::track, TableId::stream, TableId::subscription}) {
    for (uint32_t i = 0; i < slot_count(capacities_, t); ++i) {
      if (head(t, i).word.load().state == SlotState::live) return true;
    }
  }
  return false;
}

// Removes a region of other capacities, if nobody can miss it. The caller holds the data-plane
// lock.
Status Region::make_room(const std::string& directory, const Capacities& wanted) {
  const RegionPaths paths(directory);
  const FoundRegion found = inspect(paths, true);
  const std::string differs =
      paths.tables + " has other capacities: " + differing(found.capacities, wanted);
  const Result<FileLock> control = FileLock::take(paths.control_lock, "a control plane");
  if (!control) {
    return Error{
        differs +
        "; a control plane holds it: configure the old values, or stop sluice-control first"};
  }
  Region old;
  if (const Status s = old.attach(directory, Access::read_only, found.capacities); !s) return s;
  if (old.any_live()) {
    return Error{differs + "; it holds live tables: configure the old values, or remove " +
                 paths.tables + " and " + paths.keys + " to end those calls"};
  }
  remove_files(paths);
  return {};
}

WorkerRings Region::rings(uint32_t worker) {
  std::byte* rings = tables_.data() + layout_.rings + layout_.rings_stride * worker;
  WorkerRings r;
  r.news = ring_at<News>(rings, layout_.news, capacities_.news);
  r.inject = ring_at<Inject>(rings, layout_.inject, capacities_.inject);
  r.events = ring_at<Event>(rings, layout_.events, capacities_.events);
  r.punt[0] = ring_at<Punt>(rings, layout_.punt[0], capacities_.punt_endpoint);
  r.punt[1] = ring_at<Punt>(rings, layout_.punt[1], capacities_.punt_invited);
  r.punt[2] = ring_at<Punt>(rings, layout_.punt[2], capacities_.punt_stranger);
  return r;
}

Readiness Region::probe(const std::string& directory, std::string* why) {
  const FoundRegion found = inspect(RegionPaths(directory), false);
  if (why != nullptr) *why = found.why;
  return found.readiness;
}

Status Region::remove(const std::string& directory) {
  const RegionPaths paths(directory);
  if (access(paths.tables.c_str(), F_OK) != 0 && access(paths.keys.c_str(), F_OK) != 0) return {};
  if (const Status s = prepare_directory(paths); !s) return s;
  const Result<FileLock> dataplane = FileLock::take(paths.dataplane_lock, "a data plane");
  if (!dataplane) return dataplane.error();
  const Result<FileLock> control = FileLock::take(paths.control_lock, "a control plane");
  if (!control) return control.error();
  remove_files(paths);
  return {};
}

bool Region::dataplane_alive(const std::string& directory) {
  return FileLock::held(RegionPaths(directory).dataplane_lock);
}
bool Region::control_alive(const std::string& directory) {
  return FileLock::held(RegionPaths(directory).control_lock);
}

}  // namespace sluice::shm
