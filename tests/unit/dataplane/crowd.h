// Crowd: a publisher with one video track and many receivers of it, joined to a NodeRig.
#pragma once

#include <memory>
#include <vector>

#include "tests/rig/media.h"
#include "tests/rig/node_rig.h"

namespace sluice {

class Crowd {
 public:
  // Everybody has had the first packet, a key frame.
  explicit Crowd(uint32_t receivers, uint32_t news_capacity = 16'384);

  void subscribe(uint32_t receiver);
  void unsubscribe(uint32_t receiver);
  bool is_subscribed(uint32_t receiver) const { return subscriptions_[receiver].generation != 0; }
  // Packets of a frame each.
  void feed(uint32_t packets, bool key_frame);
  uint64_t fed() const { return next_index_ - 1; }
  // One loop. False when nothing is left to forward.
  bool step();
  // Packets that went to this receiver so far.
  uint64_t sent(uint32_t receiver);
  rig::NodeRig& rig() { return rig_; }

 private:
  static rig::RigSetup setup(uint32_t receivers, uint32_t news_capacity);
  void join(uint32_t receiver);
  void settle(int loops);

  rig::NodeRig rig_;
  rig::Client publisher_;
  std::unique_ptr<rig::SrtpPeer> sender_;
  shm::SlotRef track_;
  std::vector<shm::SlotRef> streams_, subscriptions_;
  uint64_t next_index_ = 1;
};

}  // namespace sluice
