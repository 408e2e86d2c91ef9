// A region directory of its own on tmpfs, gone when the test is.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "common/shm/region.h"

namespace sluice::shm {

// Small enough that tables and rings run full.
inline Capacities small_capacities(uint32_t workers = 2) {
  Capacities c;
  c.workers = workers;
  c.endpoints = 16;
  c.tracks = 32;
  c.streams = 64;
  c.subscriptions = 64;
  c.news = 256;
  c.inject = 16;
  c.events = 64;
  c.punt_endpoint = 8;
  c.punt_invited = 4;
  c.punt_stranger = 2;
  return c;
}

class RegionDirectory {
 public:
  RegionDirectory() {
    char name[] = "/dev/shm/sluice-test-XXXXXX";
    if (mkdtemp(name) != nullptr) path_ = name;
  }
  ~RegionDirectory() { std::filesystem::remove_all(path_); }
  RegionDirectory(const RegionDirectory&) = delete;
  RegionDirectory& operator=(const RegionDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::unique_ptr<Region> open_region(const std::string& directory, Access access,
                                           const Capacities& capacities = small_capacities()) {
  auto r = Region::open(directory, access, capacities);
  if (!r) {
    ADD_FAILURE() << r.error().message;
    return nullptr;
  }
  return std::move(*r);
}

}  // namespace sluice::shm
