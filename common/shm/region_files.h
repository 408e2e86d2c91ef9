// The files of a region on disk: their names, making them, and judging what lies there before
// anything is mapped.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "common/shm/region.h"

namespace sluice::shm {

struct RegionPaths {
  explicit RegionPaths(const std::string& directory);
  std::string directory, tables, keys, dataplane_lock, control_lock, capture, capture_lock;
};

// What lies in the files' headers, from a private copy that was validated.
struct FoundRegion {
  Readiness readiness = Readiness::not_yet;
  bool missing = false;  // not_yet: there is no tables file; otherwise its ready word is not stored
  std::string why;       // not ready: one line for a person, with the remedy
  Capacities capacities;
};

// with_keys: the keys file must be there and belong to the same region.
FoundRegion inspect(const RegionPaths& paths, bool with_keys);

// Makes the directory (its parent must exist) and the lock files where they are missing,
// readable for the directory's group.
Status prepare_directory(const RegionPaths& paths);
// Makes, allocates and names both files; the ready word is left to the caller. Whoever calls holds
// the data-plane lock, and no tables file exists.
Status create_files(const RegionPaths& paths, const Capacities& capacities);
// Allocates whatever was punched out of existing files, so that no touch of a page is a SIGBUS.
Status allocate_files(const RegionPaths& paths, const Layout& layout);
void remove_files(const RegionPaths& paths);

}  // namespace sluice::shm
