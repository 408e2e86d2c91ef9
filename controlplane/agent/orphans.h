// What an earlier control plane left live in the tables: its media flows on, for its clients know
// nothing of our restart. Each endpoint is let go when its client is gone.
#pragma once

#include <vector>

#include "controlplane/agent/node.h"

namespace sluice::agent {

class Orphans {
 public:
  explicit Orphans(Node& node) : node_(node) {}

  // Right after attaching: everything live is an orphan, and its names are taken.
  void adopt(TimeNs now);
  // Retires those without consent for a minute, with all that hangs on them.
  void on_tick(TimeNs now);
  void forget() { orphans_.clear(); }
  std::size_t size() const { return orphans_.size(); }

 private:
  struct Orphan {
    shm::SlotRef endpoint;
    uint8_t home_worker = 0;
    TimeNs connected_at = 0;  // last seen so
    std::vector<shm::SlotRef> tracks, streams, subscriptions;
  };
  Orphan* find(shm::SlotRef endpoint);
  void adopt_endpoints(TimeNs now);
  void adopt_dependents();
  void let_go(const Orphan& o);
  bool is_connected(const Orphan& o);

  Node& node_;
  std::vector<Orphan> orphans_;
};

}  // namespace sluice::agent
