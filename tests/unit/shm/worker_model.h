// A worker that forwards nothing but keeps every promise a worker must keep toward the region: it
// follows its news, copies and validates records, advances stream indices before it uses them, and
// passes quiescent points.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/shm/news_reader.h"
#include "common/shm/region.h"

namespace sluice::shm {

// Indices first .. first + count - 1 of this SSRC under this endpoint's key were used.
struct Use {
  uint64_t endpoint_id = 0;
  uint64_t first = 0;
  uint32_t count = 0;
  uint32_t ssrc = 0;
};

class WorkerModel {
 public:
  // on_use may refuse (false): then nothing is taken in this loop any more. Asked before the
  // indices are taken.
  using Room = std::function<bool()>;
  using OnUse = std::function<void(const Use&)>;
  WorkerModel(Region& region, uint32_t worker, Room room, OnUse on_use);

  void loop();
  uint64_t records_read() const { return records_read_; }
  uint64_t rescans() const { return rescans_; }
  uint64_t packets() const { return packets_; }
  // Empty, or which promise was broken.
  const std::string& fault() const { return fault_; }

 private:
  struct EndpointView {
    uint32_t generation = 0;  // 0: not there
    uint64_t id = 0;
    bool mine = false;
    bool keyed = false;
  };
  struct StreamView {
    uint32_t generation = 0;
    StreamRecord record;
  };

  void look_at(TableId table, uint32_t slot);
  void look_at_endpoint(uint32_t slot);
  void look_at_stream(uint32_t slot);
  template <class Row>
  bool read(const Row& row, typename Row::Record& out, Generation& generation);
  void rescan();
  void drain_injects();
  void send(uint32_t slot);
  void use(uint32_t slot, std::atomic<uint64_t>& next_index, uint32_t ssrc, uint64_t endpoint_id);
  void fail(const std::string& what);

  Region& region_;
  uint32_t worker_;
  Room room_;
  OnUse on_use_;
  WorkerRings rings_;
  NewsReader news_;
  std::vector<EndpointView> endpoints_;
  std::vector<StreamView> streams_;
  uint32_t cursor_ = 0;
  uint64_t records_read_ = 0, rescans_ = 0, packets_ = 0;
  std::string fault_;
};

}  // namespace sluice::shm
