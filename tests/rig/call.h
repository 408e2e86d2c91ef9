// Call: a call that runs in a NodeRig while something else happens to the node. Alice sends voice
// and video, Bob receives both. Mallory is connected and keyed too, sends and receives, and has
// nothing to do with them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/rig/media.h"
#include "tests/rig/node_rig.h"

namespace sluice::rig {

class Call {
 public:
  explicit Call(uint32_t workers = 1);

  NodeRig& rig() { return rig_; }
  const Client& alice() const { return alice_; }
  const Client& bob() const { return bob_; }
  const Client& mallory() const { return mallory_; }
  // Mallory's own keys and what the tables know of her.
  SrtpPeer& mallory_sends() { return *mallory_sends_; }
  static constexpr uint32_t mallory_ssrc = 0xbad;      // what she sends
  static constexpr uint32_t mallory_stream = 0x6a110;  // what she receives

  // What Alice sent last: a packet of voice and one of video.
  const std::vector<std::vector<uint8_t>>& last_packets() const { return last_; }
  // They go through the node, a millisecond passes, Bob decrypts them. Checks keep everybody's
  // consent. Empty: all is well; otherwise what did not arrive.
  std::string beat();
  // Both identities of common/counters.def, and no buffer kept. Empty: all is well.
  std::string balance();
  // Frames that arrived since the call began, by the node's own counters.
  uint64_t received() { return rig_.counters()[shm::Counter::rx_packets]; }

 private:
  struct Lane {
    uint32_t from_ssrc;
    uint32_t to_ssrc;
    uint8_t payload_type;
    const char* mid;
    uint64_t next_in;
    uint64_t next_out;
    std::vector<uint8_t> payload{};
  };
  Client add(bool sends, bool receives, uint8_t host, uint8_t home);
  shm::SlotRef add_track(const Client& c, MediaKind kind, const char* mid);
  shm::SlotRef add_stream(const Client& c, MediaKind kind, uint32_t ssrc);
  void subscribe(shm::SlotRef track, shm::SlotRef stream);
  void check_all();
  void next_packets();
  std::string take(const std::vector<Datagram>& datagrams);

  NodeRig rig_;
  Client alice_, bob_, mallory_;
  std::unique_ptr<SrtpPeer> alice_sends_, bob_receives_, mallory_sends_;
  Lane lanes_[2];
  std::vector<std::vector<uint8_t>> last_;
  uint64_t ids_ = 0;
  uint32_t frames_ = 0;
  TimeNs checked_at_ = 0;
  uint32_t buffers_out_ = 0;
};

}  // namespace sluice::rig
